/** Every engine that this build has, by name. What each can do is said in shared/engines.ts. */
import type { EngineName } from '../../shared/jobs.ts';
import type { CreateEngine } from './engine.ts';
import { createSimdEngine } from './simd/simd-engine.ts';

export const ENGINE_FACTORIES: Record<EngineName, CreateEngine> = {
  simd: createSimdEngine,
  tensorflow: async (options) =>
    (await import('./tfjs/tensorflow/tensorflow-engine.ts')).createTensorflowEngine(options),
  // tfjs is loaded by those alone who compute with it
  wasm: async (options) => (await import('./tfjs/wasm/wasm-engine.ts')).createWasmEngine(options),
};
