/**
 * The two C++ files of tfjs-node-gpu's binding, mended in one place. As published, a tensor made from a typed array
 * may share its memory, and whichever of TensorFlow's threads lets go of it last calls into Node, which Node allows on
 * JavaScript's thread alone: now and then the process dies (docs/gpu.md). Mended, the values are copied.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../say.mjs';
import { packageFolder, placesIn } from './places.mjs';

const FILES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/** @type {[what: RegExp, mended: string][]} each is in the sources once */
const MENDS = [
  [/ {2}\/\/ Sharing V8 memory with[\s\S]*?delete auto_ref;\n {2}\}\n {2}ENSURE_NAPI_OK_RETVAL\(.*\);\n\n/, ''],
  [
    / {2}TF_AutoTensor tensor\(TF_NewTensor\([\s\S]*?, DeallocTensor, auto_ref\)\);\n/,
    `  // Trainyard: a copy, since TensorFlow frees its memory on threads that may not call Node.
  TF_AutoTensor tensor(TF_AllocateTensor(dtype, shape, shape_length, byte_size));
  memcpy(TF_TensorData(tensor.tensor), array_data, byte_size);
`,
  ],
  [/ {4}delete auto_ref;\n(?= {4}TFE_DeleteTensorHandle)/, ''],
  [/\/\/ Callback to cleanup extra reference count[\s\S]*?\n\}\n\n/, ''],
];

/** @param {string} text of tfjs_backend.cc */
export function mend(text) {
  return MENDS.reduce((mended, [what, instead]) => {
    if (mended.split(what).length !== 2)
      throw new SetupError(`tfjs-node-gpu's binding is not the one known: no ${what}`);
    return mended.replace(what, instead);
  }, text);
}

/** @param {string} root of the checkout */
function readSources(root) {
  return FILES.map((name) => {
    const text = readFileSync(join(packageFolder(root), 'binding', name), 'utf8');
    return { name, text: name === 'tfjs_backend.cc' ? mend(text) : text };
  });
}

/**
 * Writes them for the compiler, and takes a binding of others away.
 * @param {string} root of the checkout
 * @param {string} folder with TensorFlow's libraries and headers
 * @returns {string[]} their paths
 */
export function writeSources(root, folder) {
  const { binding, sources } = placesIn(folder);
  const texts = readSources(root);
  rmSync(binding, { force: true });
  mkdirSync(sources, { recursive: true });
  return texts.map(({ name, text }) => {
    const path = join(sources, name);
    writeFileSync(path, text);
    return path;
  });
}

/**
 * Whether the binding that is there was compiled from them.
 * @param {string} root of the checkout
 * @param {string} folder with TensorFlow's libraries and headers
 */
export function isCompiled(root, folder) {
  const { binding, sources } = placesIn(folder);
  return (
    existsSync(binding) &&
    readSources(root).every(({ name, text }) => {
      const path = join(sources, name);
      return existsSync(path) && readFileSync(path, 'utf8') === text;
    })
  );
}
