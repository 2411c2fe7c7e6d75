/** The compiled kernels (assembly/): one instance, views of its memory, and image sets behind its work area. */
import { readFile } from 'node:fs/promises';
import { packageFile } from '../../../shared/package-root.ts';
import { IMAGE_BYTES } from '../check-images.ts';
import type { ImageSet, ImageSetName } from '../engine.ts';

/** What assembly/index.ts exports. Addresses and counts are 32-bit integers, flags 0 or 1. */
interface KernelExports {
  memory: WebAssembly.Memory;
  stateAddress: WebAssembly.Global;
  indicesAddress: WebAssembly.Global;
  predictionsAddress: WebAssembly.Global;
  confidencesAddress: WebAssembly.Global;
  imagesAddress: WebAssembly.Global;
  initialise(): void;
  importState(): void;
  exportState(): void;
  trainStep(images: number, labels: number, count: number, tanhHead: number, learningRate: number): number;
  evaluate(images: number, labels: number, count: number, tanhHead: number): number;
  countCorrect(count: number): number;
}

/** Where an image set lies. It keeps its place for as long as the next one under its name has room there. */
export interface ImageRegion {
  /** Address of the first image; the labels follow after `capacity` images. */
  images: number;
  labels: number;
  count: number;
  capacity: number;
}

const PAGE_BYTES = 65_536;

let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiled once per process; an instance has a memory of its own. */
export async function createKernel() {
  compiled ??= readFile(packageFile('worker/engines/simd/lenet5.wasm')).then((bytes) => WebAssembly.compile(bytes));
  const instance = await WebAssembly.instantiate(await compiled, {});
  const kernel = instance.exports as KernelExports;
  const { memory } = kernel;
  const regions = new Map<ImageSetName, ImageRegion>();

  function growTo(end: number): void {
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  }

  function reserve(name: ImageSetName, count: number): ImageRegion {
    const present = regions.get(name);
    if (present !== undefined && present.capacity >= count) return { ...present, count };
    const other = regions.get(name === 'train' ? 'test' : 'train');
    const images = other === undefined ? Number(kernel.imagesAddress.value) : other.labels + other.capacity;
    const labels = images + count * IMAGE_BYTES;
    growTo(labels + count);
    return { images, labels, count, capacity: count };
  }

  growTo(Number(kernel.imagesAddress.value));
  kernel.initialise();

  return {
    /** The parameters in state_dict order, end to end. A view: take it anew after each `loadImages`. */
    exportState(values: number): Float32Array {
      kernel.exportState();
      return new Float32Array(memory.buffer, Number(kernel.stateAddress.value), values);
    },
    /** @param tensors in state_dict order */
    importState(tensors: Iterable<Float32Array>): void {
      let address = Number(kernel.stateAddress.value);
      for (const tensor of tensors) {
        new Float32Array(memory.buffer, address, tensor.length).set(tensor);
        address += tensor.byteLength;
      }
      kernel.importState();
    },
    loadImages(name: ImageSetName, { count, images, labels }: ImageSet): void {
      const region = reserve(name, count);
      const bytes = new Uint8Array(memory.buffer);
      bytes.set(images, region.images);
      bytes.set(labels, region.labels);
      regions.set(name, region);
    },
    region: (name: ImageSetName): ImageRegion | undefined => regions.get(name),
    /** Up to 1,024 images in one step; the sum of their losses before it comes back. */
    trainStep(region: ImageRegion, indices: Uint32Array, tanhHead: boolean, learningRate: number): number {
      new Uint32Array(memory.buffer, Number(kernel.indicesAddress.value), indices.length).set(indices);
      return kernel.trainStep(region.images, region.labels, indices.length, tanhHead ? 1 : 0, learningRate);
    },
    /** Up to 1,024 images; the sum of their losses comes back. */
    evaluate(region: ImageRegion, indices: Uint32Array, tanhHead: boolean): number {
      new Uint32Array(memory.buffer, Number(kernel.indicesAddress.value), indices.length).set(indices);
      return kernel.evaluate(region.images, region.labels, indices.length, tanhHead ? 1 : 0);
    },
    /** Of the last step or evaluation, of `count` images. */
    countCorrect: (count: number): number => kernel.countCorrect(count),
    predictions: (count: number): Uint8Array =>
      new Uint8Array(memory.buffer, Number(kernel.predictionsAddress.value), count),
    /** Softmax probabilities of the predictions. */
    confidences: (count: number): Float64Array =>
      new Float64Array(memory.buffer, Number(kernel.confidencesAddress.value), count),
  };
}

export type Kernel = Awaited<ReturnType<typeof createKernel>>;
