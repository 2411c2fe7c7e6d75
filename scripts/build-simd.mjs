/**
 * Compiles the simd engine's kernels to worker/engines/simd/lenet5.wasm, which is committed, so that building
 * and running Trainyard needs no AssemblyScript. build.test.ts fails when the two differ.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { ROOT } from './setup/root.mjs';

const SOURCE = 'worker/engines/simd/assembly/index.ts';
const OUTPUT = 'worker/engines/simd/lenet5.wasm';

/** @returns {Promise<Uint8Array>} the module, the same bytes wherever it is compiled */
export async function compileSimd() {
  /** @type {Uint8Array | undefined} */
  let module;
  const flags = [
    ...['--baseDir', ROOT, '--outFile', OUTPUT],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
    ...['--disableWarning', '112'], // of v128 in exported functions: ours are called from within alone
  ];
  const { error, stderr } = await asc.main([SOURCE, ...flags], {
    writeFile(_name, contents) {
      if (typeof contents !== 'string') module = contents;
    },
  });
  if (error !== null || module === undefined) throw new Error(`asc failed: ${stderr.toString()}`, { cause: error });
  return module;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const module = await compileSimd();
  await writeFile(join(ROOT, OUTPUT), module);
  console.log(`${OUTPUT}: ${module.length} bytes`);
}
