/** The engine `wasm`: tfjs on WebAssembly with SIMD, op by op, on one thread. It computes any model, anywhere. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import type { CreateEngine } from '../../engine.ts';
import { createEagerExecutor } from '../eager-executor.ts';
import { createTfjsEngine } from '../tfjs-engine.ts';
import { registerWasmGradients } from './kernels.ts';

export const createWasmEngine: CreateEngine = async () => {
  registerWasmGradients();
  await openBackend();
  return createTfjsEngine({ name: 'wasm', device: 'cpu', stepsAtOnce: 1 }, createEagerExecutor('wasm'));
};

/** tfjs says that a backend cannot be opened, and not why: that is told by the backend itself, when it is opened by hand. */
async function openBackend(): Promise<void> {
  if (await tf.setBackend('wasm')) return;
  await tf.findBackendFactory('wasm')();
  throw new Error('tfjs could not open its backend wasm, and could a moment later');
}
