/**
 * Compiles tfjs-node-gpu's native part against the unpacked TensorFlow: two C++ files, so that g++ does without
 * node-gyp, and without the Python that this needs. Node-API keeps its form, so that one binding serves every Node.
 */
import { existsSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { capture } from '../exec.mjs';
import { SetupError, timed } from '../say.mjs';
import { FLAGS, replaceBinding } from './binding-sources.mjs';
import { packageFolder, placesIn } from './places.mjs';

/**
 * @param {string} root of the checkout
 * @param {string} folder with TensorFlow's libraries and headers
 * @param {string} compiler
 */
export async function compileBinding(root, folder, compiler) {
  const { libraries, headers } = placesIn(folder);
  await replaceBinding(root, folder, async (sources, binding) => {
    const flags = [
      ...FLAGS,
      ...['-I', join(packageFolder(root), 'binding'), '-I', headers],
      ...['-I', join(root, 'node_modules', 'node-api-headers', 'include')],
      ...[...sources, '-L', libraries, '-ltensorflow', '-ltensorflow_framework'],
      ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', binding],
    ];
    const { code, output } = await timed(`Compiling the binding (${compiler})`, () => capture(compiler, flags));
    if (code !== 0) {
      throw new SetupError(`${compiler} cannot compile tfjs-node-gpu's binding:\n${output.trimEnd().slice(-3000)}`);
    }
  });
}

const LINKED = ['deps', 'lib'];

/** @param {string} root of the checkout @param {string} folder */
export function isLinked(root, folder) {
  return LINKED.every((name) => {
    const link = join(packageFolder(root), name);
    try {
      return readlinkSync(link) === relative(packageFolder(root), join(folder, name)) && existsSync(link);
    } catch {
      return false;
    }
  });
}

/**
 * @param {string} root of the checkout
 * @param {string} folder
 */
export function linkIntoPackage(root, folder) {
  for (const name of LINKED) {
    const link = join(packageFolder(root), name);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(relative(packageFolder(root), join(folder, name)), link);
  }
}
