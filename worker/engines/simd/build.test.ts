import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compileSimd } from '../../../scripts/build-simd.mjs';
import { decodeRawSafetensors } from '../../../shared/checkpoints/safetensors.ts';
import { packageFile } from '../../../shared/package-root.ts';
import { createMemory } from './kernel.ts';

const committed = await readFile(packageFile('worker/engines/simd/lenet5.wasm'));

async function instantiate() {
  const memory = createMemory();
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(committed), { env: { memory } });
  return { memory, exports };
}

test('lenet5.wasm is what its source compiles to: if not, run node scripts/build-simd.mjs', async () => {
  expect(Buffer.from(await compileSimd()).equals(committed)).toBe(true);
});

test('lenet5.wasm imports its memory alone, so no arithmetic of the host reaches a result', async () => {
  const imports = WebAssembly.Module.imports(await WebAssembly.compile(committed));
  expect(imports).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
});

test("the compiler's static data ends where the kernels' own memory begins, or before", async () => {
  const { exports } = await instantiate();
  const { staticDataEnd, firstAddress } = exports as Record<'staticDataEnd' | 'firstAddress', WebAssembly.Global>;
  expect(Number(staticDataEnd.value)).toBeLessThanOrEqual(Number(firstAddress.value));
});

test('bytes are normalised to the very floats of ToTensor and Normalize(0.5, 0.5)', async () => {
  const { memory, exports } = await instantiate();
  const { normalisedAddress, initialise } = exports as { normalisedAddress: WebAssembly.Global; initialise(): void };
  memory.grow(64);
  initialise();
  const table = new Float32Array(memory.buffer, Number(normalisedAddress.value), 256);

  const reference = await readFile(packageFile('shared/testing/reference/preprocess.safetensors'));
  const { tensors } = decodeRawSafetensors(reference);
  const resized = tensors.get('resized_u8')?.bytes ?? new Uint8Array();
  const normalised = new Float32Array(new Uint8Array(tensors.get('normalised_f32')?.bytes ?? []).buffer);
  expect(resized).toHaveLength(20 * 1024);
  expect(Float32Array.from(resized, (byte) => table[byte] ?? Number.NaN)).toEqual(normalised);
});
