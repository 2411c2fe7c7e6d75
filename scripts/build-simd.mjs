/**
 * Compiles the simd engine's kernels to worker/engines/simd/lenet5.wasm, which is committed, so that building
 * and running Trainyard needs no AssemblyScript. build.test.ts fails when the two differ.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAssembly } from './compile-assembly.mjs';
import { ROOT } from './setup/root.mjs';

const OUTPUT = 'worker/engines/simd/lenet5.wasm';

export function compileSimd() {
  return compileAssembly('worker/engines/simd/assembly/index.ts');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const module = await compileSimd();
  await writeFile(join(ROOT, OUTPUT), module);
  console.log(`${OUTPUT}: ${module.length} bytes`);
}
