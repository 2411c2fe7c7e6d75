import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { expect, it, vi } from 'vitest';
import { createWasmEngine } from './wasm-engine.ts';

it('an engine whose backend cannot be opened says why, instead of failing at the first tensor', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation(() => {});
  setWasmPaths('/no-such-folder/');
  await expect(createWasmEngine({ threads: 1 })).rejects.toThrow(
    /no such file or directory, open '\/no-such-folder\/tfjs-backend-wasm-simd.wasm'/,
  );
});
