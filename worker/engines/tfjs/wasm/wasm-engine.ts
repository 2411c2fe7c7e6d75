/** The engine `wasm`: tfjs on WebAssembly with SIMD, op by op, on one thread. It computes any model, anywhere. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import type { CreateEngine } from '../../engine.ts';
import { createEagerExecutor } from '../eager-executor.ts';
import { createTfjsEngine } from '../tfjs-engine.ts';
import { registerGradientKernels } from './kernels.ts';

export const createWasmEngine: CreateEngine = async () => {
  registerGradientKernels();
  await tf.setBackend('wasm');
  return createTfjsEngine({ name: 'wasm', device: 'cpu', stepsAtOnce: 1 }, createEagerExecutor('wasm'));
};
