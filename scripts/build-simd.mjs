/**
 * Compiles the simd engine's kernels to worker/engines/simd/lenet5.wasm, which is committed, so that building
 * and running Trainyard needs no AssemblyScript. build.test.ts fails when the two differ.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAssembly } from './compile-assembly.mjs';
import { ROOT } from './setup/root.mjs';

const FOLDER = 'worker/engines/simd';
const OUTPUT = `${FOLDER}/lenet5.wasm`;

/** @typedef {import('../shared/models/lenet.ts').LenetCounts} LenetCounts */

/** @param {LenetCounts} [counts] of another LeNet than assembly/model.ts is of */
export function compileSimd(counts) {
  return compileAssembly(`${FOLDER}/assembly/index.ts`, {
    // 1 GiB, of which as much is used as the images need; kernel.ts makes the memory
    flags: [
      '--enable',
      'threads',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '2',
      '--maximumMemory',
      '16384',
    ],
    change: (path, text) => (counts && path.endsWith('assembly/model.ts') ? withCounts(text, counts) : text),
  });
}

/** @param {string} text of assembly/model.ts @param {LenetCounts} counts */
function withCounts(text, { channels: [channels1, channels2], units: [units1, units2], classes }) {
  const values = { CHANNELS1: channels1, CHANNELS2: channels2, UNITS1: units1, UNITS2: units2, CLASSES: classes };
  return Object.entries(values).reduce((changed, [name, value]) => {
    const declaration = new RegExp(`(const ${name}: usize = )\\d+;`);
    if (!declaration.test(changed)) throw new Error(`assembly/model.ts declares no ${name}`);
    return changed.replace(declaration, `$1${value};`);
  }, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const module = await compileSimd();
  await writeFile(join(ROOT, OUTPUT), module);
  console.log(`${OUTPUT}: ${module.length} bytes`);
}
