/** Runs an op of the TensorFlow that is set up, and says on which device it ran. */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { capture } from '../exec.mjs';

/**
 * @typedef {object} Verified
 * @property {string} version of TensorFlow
 * @property {'cpu' | 'gpu'} device
 * @property {string} name of the device
 * @property {string[]} remarks what TensorFlow says about the GPU that it does not use
 */

/** As long as a trainer has to get ready: for a GPU that is newer than its kernels, CUDA compiles them first. */
const TIMEOUT_MS = 600_000;
/** Of a library, such as libcublas: its name may say neither CUDA nor GPU. */
const LACKS = 'Could not load dynamic library';

const ON_GPU = /cuda|cudnn|nvidia|gpu/i;
const FAULT = /could not|cannot|missing|fail|skipping/i;

const RUN_OP = fileURLToPath(new URL('run-op.mjs', import.meta.url));

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Verified | { fault: string }>}
 */
export async function verify(env, timeoutMs = TIMEOUT_MS) {
  const { code, output, signal, timedOut } = await capture(process.execPath, ['--no-deprecation', RUN_OP], {
    // Its remarks are the one place where it names a device, and, where its loader is told to, a missing library.
    env: { ...env, TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_VMODULE: 'dso_loader=1', TF_FORCE_GPU_ALLOW_GROWTH: 'true' },
    timeoutMs,
  });
  const lines = output.trim().split('\n');
  const answer = lines.find((line) => line.startsWith('{"version"'));
  if (code !== 0 || answer === undefined) {
    const end = timedOut ? `no answer within ${timeoutMs / 1000} s` : signal && `killed by ${signal}`;
    return { fault: [output.trim().slice(-2000), end].filter(Boolean).join('\n') };
  }
  return { ...JSON.parse(answer), ...deviceOf(lines) };
}

/** @param {string[]} lines that TensorFlow has logged */
export function deviceOf(lines) {
  const name = lines.map((line) => /device: 0, name: ([^,]+),/.exec(line)?.[1]).find((it) => it !== undefined);
  return {
    name: name ?? cpus()[0]?.model ?? 'unknown',
    remarks: [
      ...new Set(
        lines
          .filter((line) => line.includes(LACKS) || (ON_GPU.test(line) && FAULT.test(line)))
          .map((line) => line.replace(/^.*?\.cc:\d+\] /, '')),
      ),
    ],
  };
}
