/** What `npm run setup:tensorflow` is asked for. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, SetupError } from '../say.mjs';

const USAGE = `npm run setup:tensorflow -- --cpu | --gpu [--wheel PATH | --index URL] [--with-cuda]
  --cpu         the CPU build
  --gpu         the GPU build, which runs on the CPU where there is no GPU
  --wheel PATH  TensorFlow's wheel, where it cannot be fetched
  --index URL   a package index other than pip's, such as https://pypi.org/simple
  --with-cuda   CUDA's libraries too (2.7 GB), where nothing but NVIDIA's driver is installed
  --libtensorflow PATH  another build of libtensorflow, as a .tar.gz or a folder with lib/ and include/`;

/**
 * @param {string[]} given
 * @returns {import('./set-up.mjs').Options}
 */
export function readTensorflowArguments(given) {
  const values = parse(given);
  if ((values.cpu === true) === (values.gpu === true)) {
    throw new SetupError(`npm run setup:tensorflow needs either --cpu or --gpu.\n${USAGE}`);
  }
  if (values.wheel !== undefined && values.libtensorflow !== undefined) {
    throw new SetupError(`--wheel and --libtensorflow both bring the libraries. Give one of them.\n${USAGE}`);
  }
  if (values['with-cuda'] && !values.gpu) throw new SetupError(`--with-cuda goes with --gpu alone.\n${USAGE}`);
  return {
    flavour: values.gpu ? 'gpu' : 'cpu',
    wheel: values.wheel === undefined ? null : resolve(values.wheel),
    libtensorflow: values.libtensorflow === undefined ? null : resolve(values.libtensorflow),
    withCuda: values['with-cuda'] === true,
    index: values.index === undefined ? null : asIndex(values.index),
  };
}

/** @param {string[]} given */
function parse(given) {
  try {
    return parseArgs({
      args: given,
      options: {
        cpu: { type: 'boolean' },
        gpu: { type: 'boolean' },
        wheel: { type: 'string' },
        index: { type: 'string' },
        'with-cuda': { type: 'boolean' },
        libtensorflow: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new SetupError(`${messageOf(error)}\n${USAGE}`);
  }
}

/** @param {string} url */
function asIndex(url) {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new SetupError(
    `--index is ${JSON.stringify(url)}. Allowed: an http or https address, such as https://pypi.org/simple.`,
  );
}
