import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enginesFor, enginesHere } from './available.ts';

const CPU = ['simd', 'wasm'] as const;
const ALL = ['simd', 'tensorflow', 'wasm'] as const;

describe('the engines that a machine has', () => {
  let modules: string;
  beforeEach(() => {
    modules = mkdtempSync(join(tmpdir(), 'trainyard-modules-'));
  });
  afterEach(() => rmSync(modules, { recursive: true }));

  it('are with TensorFlow where it is set up, and without it once its files are gone', () => {
    const kept = join(modules, 'kept');
    const folder = join(modules, '@tensorflow', 'tfjs-node-gpu');
    for (const path of [folder, join(kept, 'lib', 'napi-v8'), join(kept, 'deps', 'lib')]) {
      mkdirSync(path, { recursive: true });
    }
    expect(enginesHere(modules)).toEqual(CPU);
    for (const name of ['lib', 'deps']) symlinkSync(join(kept, name), join(folder, name));
    writeFileSync(join(kept, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
    expect(enginesHere(modules)).toEqual(CPU);
    writeFileSync(join(kept, 'deps', 'lib', 'libtensorflow_framework.so.2'), '');
    expect(enginesHere(modules)).toEqual(ALL);
    rmSync(kept, { recursive: true });
    expect(enginesHere(modules)).toEqual(CPU);
  });
});

describe('the engines of a worker', () => {
  const choose = (queues: string, here: readonly (typeof ALL)[number][], requireGpu = false) =>
    enginesFor({ workerQueues: queues.split(','), requireGpu }, [...here]);

  it('begin with one that its queues need', () => {
    expect(choose('train-cpu,train-gpu,eval', ALL)).toEqual(['simd', 'tensorflow', 'wasm']);
    expect(choose('train-gpu', ALL)[0]).toBe('tensorflow');
    expect(choose('train-cpu,train-gpu,eval', ALL, true)[0]).toBe('tensorflow');
    expect(choose('train-cpu,train-gpu,eval', CPU)).toEqual(CPU);
  });

  it('are refused where none takes jobs from its queues, with what to set up', () => {
    expect(() => choose('train-gpu', CPU)).toThrow(
      /^WORKER_QUEUES=train-gpu: this machine has the engines simd, wasm, .*npm run setup:tensorflow -- --gpu/,
    );
    expect(() => choose('train-cpu,train-gpu', CPU, true)).toThrow(/^REQUIRE_GPU=1: .* jobs from train-gpu\./);
  });
});
