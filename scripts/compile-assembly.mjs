/** Compiles AssemblyScript to WebAssembly with SIMD. */
import asc from 'assemblyscript/asc';
import { ROOT } from './setup/root.mjs';

/**
 * @param {string} source path in the repository
 * @returns {Promise<Uint8Array>} the module, the same bytes wherever it is compiled
 */
export async function compileAssembly(source) {
  /** @type {Uint8Array | undefined} */
  let module;
  const flags = [
    ...['--baseDir', ROOT, '--outFile', 'module.wasm'],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
    ...['--disableWarning', '112'], // of v128 in exported functions: ours are called from within alone
  ];
  const { error, stderr } = await asc.main([source, ...flags], {
    writeFile(_name, contents) {
      if (typeof contents !== 'string') module = contents;
    },
  });
  if (error !== null || module === undefined) throw new Error(`asc failed: ${stderr.toString()}`, { cause: error });
  return module;
}
