/**
 * Compiles tfjs-node-gpu's native part against the unpacked TensorFlow: two C++ files, so that g++ does without
 * node-gyp, and without the Python that this needs. Node-API keeps its form, so that one binding serves every Node.
 */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { capture } from '../exec.mjs';
import { SetupError, timed } from '../say.mjs';
import { writeSources } from './binding-sources.mjs';
import { packageFolder, placesIn } from './places.mjs';

/**
 * @param {string} root of the checkout
 * @param {string} folder with TensorFlow's libraries and headers
 * @param {string} compiler
 */
export async function compileBinding(root, folder, compiler) {
  const { libraries, headers, binding } = placesIn(folder);
  const sources = writeSources(root, folder);
  const draft = `${binding}.draft`;
  mkdirSync(dirname(binding), { recursive: true });
  // As the package's binding.gyp has it.
  const flags = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...['-I', join(packageFolder(root), 'binding'), '-I', headers],
    ...['-I', join(root, 'node_modules', 'node-api-headers', 'include')],
    ...[...sources, '-L', libraries, '-ltensorflow', '-ltensorflow_framework'],
    ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', draft],
  ];
  const { code, output } = await timed(`Compiling the binding (${compiler})`, () => capture(compiler, flags));
  if (code !== 0) {
    throw new SetupError(`${compiler} cannot compile tfjs-node-gpu's binding:\n${output.trimEnd().slice(-3000)}`);
  }
  renameSync(draft, binding);
}

/**
 * @param {string} root of the checkout
 * @param {string} folder
 */
export function linkIntoPackage(root, folder) {
  for (const name of ['deps', 'lib']) {
    const link = join(packageFolder(root), name);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(relative(packageFolder(root), join(folder, name)), link);
  }
}
