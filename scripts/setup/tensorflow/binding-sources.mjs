/**
 * The two C++ files of tfjs-node-gpu's binding, mended in two places. As published, a tensor made from a typed array
 * may share its memory, and whichever of TensorFlow's threads lets go of it last calls into Node, which Node allows on
 * JavaScript's thread alone: now and then the process dies (docs/gpu.md). Mended, the values are copied. And a session
 * is opened without options, which are where TensorFlow is told of mixed precision: mended, TF_MIXED_PRECISION says it.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupError } from '../say.mjs';
import { packageFolder, placesIn } from './places.mjs';

const FILES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
/** As the package's binding.gyp has them. */
export const FLAGS = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'];

/**
 * `config` is a ConfigProto. Its bytes by the numbers of its fields: graph_options (10: 0x52), of 5 bytes, has
 * rewrite_options (10), of 3 bytes, and these auto_mixed_precision (23: 0xb8 0x01), which is for GPUs, or
 * auto_mixed_precision_onednn_bfloat16 (31: 0xf8 0x01), which is for CPUs: ON (1).
 */
const SESSION_OPTIONS = `  TF_SessionOptions *session_options = TF_NewSessionOptions();

  // Trainyard: mixed precision, which a session's options alone switch on.
  const char *precision = getenv("TF_MIXED_PRECISION");
  if (precision != nullptr && *precision != '\\0') {
    const bool is_half = strcmp(precision, "float16") == 0;
    if (!is_half && strcmp(precision, "bfloat16") != 0) {
      TF_DeleteSessionOptions(session_options);
      NAPI_THROW_ERROR(env, "TF_MIXED_PRECISION is \\"%s\\". Allowed: float16, bfloat16", precision);
      return nullptr;
    }
    const uint8_t field = is_half ? 0xb8 : 0xf8;
    const uint8_t config[] = {0x52, 5, 0x52, 3, field, 0x01, 1};
    TF_AutoStatus config_status;
    TF_SetConfig(session_options, config, sizeof(config), config_status.status);
    if (!EnsureTFOK(env, config_status, __FILE__, __LINE__)) {
      TF_DeleteSessionOptions(session_options);
      return nullptr;
    }
  }
`;

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
  [/ {2}TF_SessionOptions \*session_options = TF_NewSessionOptions\(\);\n/, SESSION_OPTIONS],
  [/\/\/ Callback to cleanup extra reference count[\s\S]*?\n\}\n\n/, ''],
];

/** @param {string} text of tfjs_backend.cc */
export function mend(text) {
  return MENDS.reduce((mended, [what, instead]) => {
    if (mended.split(what).length === 2) return mended.replace(what, instead);
    throw new SetupError(
      `The binding of @tensorflow/tfjs-node-gpu is not that of 4.22.0, which is mended here: it lacks ${what}. Run npm ci.`,
    );
  }, text);
}

/**
 * What the binding is compiled from, by file.
 * @param {string} root of the checkout
 */
function wanted(root) {
  const sources = FILES.map((name) => {
    const text = readFileSync(join(packageFolder(root), 'binding', name), 'utf8');
    return [name, name === 'tfjs_backend.cc' ? mend(text) : text];
  });
  return [...sources, ['flags', FLAGS.join(' ')]];
}

/**
 * Writes the sources, has them compiled, and puts binding and sources in place of those that are there. Whatever breaks
 * it off, a binding that worked goes on working, and one that is not of its sources is known by that.
 * @param {string} root of the checkout
 * @param {string} folder with TensorFlow's libraries and headers
 * @param {(sources: string[], binding: string) => Promise<void>} compile writes the binding there
 */
export async function replaceBinding(root, folder, compile) {
  const { binding, sources } = placesIn(folder);
  const draft = { sources: `${sources}.draft`, binding: `${binding}.draft` };
  rmSync(draft.sources, { recursive: true, force: true });
  mkdirSync(draft.sources, { recursive: true });
  mkdirSync(dirname(binding), { recursive: true });
  for (const [name, text] of wanted(root)) writeFileSync(join(draft.sources, name), text);
  const paths = FILES.map((name) => join(draft.sources, name));
  await compile(paths, draft.binding);
  rmSync(sources, { recursive: true, force: true });
  renameSync(draft.binding, binding);
  renameSync(draft.sources, sources);
}

/**
 * Whether the binding that is there was compiled as it would be now.
 * @param {string} root of the checkout
 * @param {string} folder with TensorFlow's libraries and headers
 */
export function isCompiled(root, folder) {
  const { binding, sources } = placesIn(folder);
  return (
    existsSync(binding) &&
    wanted(root).every(([name, text]) => {
      const path = join(sources, name);
      return existsSync(path) && readFileSync(path, 'utf8') === text;
    })
  );
}
