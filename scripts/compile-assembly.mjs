/** Compiles AssemblyScript to WebAssembly with SIMD. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { ROOT } from './setup/root.mjs';

/**
 * @param {string} source path in the repository
 * @param {object} [options]
 * @param {readonly string[]} [options.flags] of asc, beside those that every module has
 * @param {(path: string, text: string) => string} [options.change] what is compiled instead of a file's text
 * @returns {Promise<Uint8Array>} the module, the same bytes wherever it is compiled
 */
export async function compileAssembly(source, { flags = [], change = (_path, text) => text } = {}) {
  /** @type {Uint8Array | undefined} */
  let module;
  const common = [
    ...['--baseDir', ROOT, '--outFile', 'module.wasm'],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
    ...['--disableWarning', '112'], // of v128 in exported functions: ours are called from within alone
  ];
  const { error, stderr } = await asc.main([source, ...common, ...flags], {
    readFile(name, folder) {
      const text = textOf(join(folder, name));
      return text === null ? null : change(name, text);
    },
    writeFile(_name, contents) {
      if (typeof contents !== 'string') module = contents;
    },
  });
  if (error !== null || module === undefined) throw new Error(`asc failed: ${stderr.toString()}`, { cause: error });
  return module;
}

/** @param {string} path @returns {string | null} null where asc looks in vain */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
