/**
 * A trainer's environment: what Node, the engines' libraries and the trainer itself read, and no more. It needs neither
 * Redis nor store, its libraries are not ours, and its errors are shown to users: no secret reaches it.
 */
import type { Environment } from '../../shared/env.ts';
import { coresHere, defaultThreads } from './threads.ts';

type Variables = Record<string, string | undefined>;

const ALLOWED = [
  ...['PATH', 'HOME', 'TZ', 'LANG', 'TMPDIR', 'LD_LIBRARY_PATH', 'UV_THREADPOOL_SIZE'],
  // Named one by one: NODE_AUTH_TOKEN is a secret.
  ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_PATH', 'NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE'],
];
const ALLOWED_PREFIXES = ['LC_', 'TF_', 'XLA_', 'CUDA_', 'NVIDIA_', 'OMP_'];

type TrainerSettings = Pick<Environment, 'dataDir' | 'workerSlots' | 'trainerThreads' | 'requireGpu'>;

export function trainerEnvironment(
  environment: Variables,
  { dataDir, workerSlots, trainerThreads, requireGpu }: TrainerSettings,
  cores = coresHere(),
): Variables {
  const isAllowed = (name: string) =>
    ALLOWED.includes(name) || ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix));
  const allowed = Object.entries(environment).filter(([name]) => isAllowed(name));
  return {
    ...forTensorflow(requireGpu),
    ...Object.fromEntries(allowed),
    CUDA_VISIBLE_DEVICES: oneGpu(environment.CUDA_VISIBLE_DEVICES),
    ...{ DATA_DIR: dataDir, REQUIRE_GPU: requireGpu ? '1' : '0' },
    TRAINER_THREADS: String(trainerThreads ?? defaultThreads(workerSlots, cores)),
  };
}

/** How TensorFlow computes, unless it is told otherwise: in trainers, in the tests of the engine, and where it is measured. */
export const TENSORFLOW_DEFAULTS = {
  // Else it takes all of the GPU's memory at once, and a second trainer finds none.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  TF_DETERMINISTIC_OPS: '1',
  // Else GPUs since Ampere round the factors of products to 10 bits, and agree with no other engine.
  NVIDIA_TF32_OVERRIDE: '0',
  // None.
  TF_MIXED_PRECISION: '',
  // Errors alone.
  TF_CPP_MIN_LOG_LEVEL: '2',
  // GPUs are numbered as nvidia-smi numbers them.
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
};

/** XLA and mixed precision rewrite a graph as a whole: of 16 steps it has other bits than one of a single step, run 16 times. */
export function optimisesAcrossSteps({ TF_XLA_FLAGS, TF_MIXED_PRECISION }: Variables): boolean {
  return Boolean(TF_XLA_FLAGS || TF_MIXED_PRECISION);
}

/** What no measurement and no test takes from the shell: by these TensorFlow computes otherwise, whichever engine or graph asks it. */
export const TENSORFLOW_UNSET: Record<string, undefined> = {
  TF_XLA_FLAGS: undefined,
  TF_ENABLE_ONEDNN_OPTS: undefined,
};

/**
 * The first that is given, or that there is. Of several TensorFlow opens each, and computes graphs on the first, while
 * tfjs-node-gpu's binding places what they are fed on the last.
 * @param visible CUDA_VISIBLE_DEVICES; empty: none
 */
export function oneGpu(visible = '0'): string {
  const [first = ''] = visible.split(',');
  return first.trim();
}

function forTensorflow(requireGpu: boolean): Variables {
  return {
    ...TENSORFLOW_DEFAULTS,
    // All that may say why there is no GPU; which library is missing, it tells at this level alone.
    ...(requireGpu && { TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_VMODULE: 'dso_loader=1' }),
    // Its bits depend on them, so that they follow from nothing else; at batch 16, two halve its speed.
    TF_NUM_INTRAOP_THREADS: '1',
    TF_NUM_INTEROP_THREADS: '1',
  };
}
