/**
 * A trainer's environment: what Node, the engines' libraries and the trainer itself read, and no more. It needs neither
 * Redis nor store, its libraries are not ours, and its errors are shown to users: no secret reaches it.
 */
type Variables = Record<string, string | undefined>;

const ALLOWED = [
  ...['PATH', 'HOME', 'TZ', 'LANG', 'TMPDIR', 'LD_LIBRARY_PATH', 'UV_THREADPOOL_SIZE'],
  // Named one by one: NODE_AUTH_TOKEN is a secret.
  ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_PATH', 'NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE'],
];
const ALLOWED_PREFIXES = ['LC_', 'TF_', 'XLA_', 'CUDA_', 'NVIDIA_', 'OMP_'];

export function trainerEnvironment(
  environment: Variables,
  { dataDir, trainerThreads }: { dataDir: string; trainerThreads: number },
): Variables {
  const isAllowed = (name: string) =>
    ALLOWED.includes(name) || ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix));
  const allowed = Object.entries(environment).filter(([name]) => isAllowed(name));
  return { ...Object.fromEntries(allowed), DATA_DIR: dataDir, TRAINER_THREADS: String(trainerThreads) };
}
