/** The variables that Trainyard reads, in words: what the README lists, and what a fault in one of them is told with. */
import { QUEUE_NAMES } from './engines.ts';

export interface Setting {
  name: string;
  /** As the README shows it. */
  default: string;
  description: string;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** The port to try first when none was asked for. */
export const DEFAULT_PORT = 3000;

/** Every variable that Trainyard reads, in the order in which the README lists them. */
export const SETTINGS = [
  {
    name: 'HOST',
    default: '127.0.0.1',
    description: 'Address that the API listens on; without API keys a loopback one',
  },
  { name: 'PORT', default: `${DEFAULT_PORT}`, description: 'Port of the API; when unset and taken, the next free one' },
  {
    name: 'API_KEYS_FILE',
    default: 'none: nobody needs a key',
    description: 'File of the API keys (`npm run key` makes it), read again when it changes',
  },
  {
    name: 'TRUST_PROXY',
    default: '0',
    description:
      'Proxies in front of the API whose `X-Forwarded-*` headers are believed: for addresses, and cookies over https. ' +
      'Without keys, what comes through a proxy is refused as long as it is 0',
  },
  { name: 'RATE_LIMIT_READS', default: '3000', description: 'Requests of a key in a minute that only look' },
  {
    name: 'RATE_LIMIT_WRITES',
    default: '300',
    description: 'Requests of a key in a minute that change something; a list of jobs is one',
  },
  {
    name: 'RATE_LIMIT_JOBS',
    default: '100000',
    description: 'Jobs of a key in a minute, however many a request carries; at least 1000, as a list may have so many',
  },
  {
    name: 'EVENT_STREAMS',
    default: '5000',
    description: 'Event streams that one process of the API serves at once; each costs it some 30 kB',
  },
  {
    name: 'EVENT_STREAMS_PER_KEY',
    default: '1000',
    description: 'And how many of them may be of one key; the dashboard has one or two in each tab',
  },
  {
    name: 'REDIS_URL',
    default: 'with `npm start` a private Redis, else `redis://127.0.0.1:6379`',
    description: 'Redis to use: `redis://…` or `rediss://…`; must run `noeviction`',
  },
  { name: 'REDIS_USERNAME', default: 'none', description: 'User at Redis, where `REDIS_URL` names none' },
  {
    name: 'REDIS_PASSWORD',
    default: 'none',
    description: 'Password at Redis, where `REDIS_URL` has none: from a Secret',
  },
  {
    name: 'CHECKPOINT_STORE',
    default: '`file:` + `DATA_DIR` + `/checkpoints`',
    description:
      'Where checkpoints are kept: `file:` and a folder, or `s3://bucket/prefix`, ' +
      'where that is not Amazon S3 with `?endpoint=https://host:port`',
  },
  {
    name: 'DATA_DIR',
    default: '.data',
    description: 'Folder for all that is kept on this machine: private Redis, checkpoints, logs, datasets of your own',
  },
  {
    name: 'WORKER_NAME',
    default: 'host name and process id',
    description: 'Name of the worker, unique among the living ones',
  },
  { name: 'WORKER_SLOTS', default: '1', description: 'Jobs that a worker trains at once' },
  {
    name: 'SLOTS_PER_WORKER',
    default: '1',
    description:
      'For the API: `WORKER_SLOTS` of the workers that are scaled by `GET /v1/queues/{name}/stats`; ' +
      'where pools differ one for each queue, as `train-cpu=2`',
  },
  {
    name: 'GPU_TRAINING',
    default: '0',
    description:
      'For the API: 1 where workers with the engine `tensorflow` take the queue `train-gpu`; `auto` then trains there. ' +
      'See [docs/gpu.md](docs/gpu.md)',
  },
  {
    name: 'WORKER_QUEUES',
    default: 'all that its engines can serve',
    description: `Queues that a worker takes jobs from, with commas between: ${QUEUE_NAMES.map((name) => `\`${name}\``).join(', ')}`,
  },
  {
    name: 'TRAINER_THREADS',
    default: 'cores (or the limit of CPU time) by `WORKER_SLOTS`, at most 4',
    description:
      'Threads that one trainer computes on with `simd`, 1 to 64: one for each 8 images of a batch at most, and no more than 8 whatever is set. Results do not depend on them. `tensorflow` has its own, `TF_NUM_INTRAOP_THREADS`',
  },
  {
    name: 'TRAINER_MAX_JOBS',
    default: '100 for one that has opened TensorFlow, else 0',
    description:
      'Trainings after which a trainer is closed and a fresh one takes its place, as TensorFlow never gives memory back; 0: never',
  },
  {
    name: 'TRAINER_READY_MS',
    default: '600000 with TensorFlow, else 60000',
    description:
      'Milliseconds for a trainer to get ready, and for the first steps of an engine that it opens later: ' +
      'for a GPU that is newer than its kernels, CUDA compiles them first',
  },
  {
    name: 'REQUIRE_GPU',
    default: '0',
    description: '1: a worker does not start where TensorFlow would train on the CPU, and says what it misses',
  },
  {
    name: 'TF_MIXED_PRECISION',
    default: 'none',
    description:
      'Training by `tensorflow` in mixed precision: `float16`, for a GPU, or `bfloat16`, for a CPU. ' +
      'See [docs/gpu.md](docs/gpu.md#precision)',
  },
  {
    name: 'JOB_LOCK_MS',
    default: '15000',
    description: 'Milliseconds without a renewal after which a job counts as lost by its worker',
  },
  { name: 'STALLED_CHECK_MS', default: '5000', description: 'Milliseconds between two looks for lost jobs' },
  {
    name: 'METRICS_PORT',
    default: 'none',
    description:
      'Port of `/metrics` (Prometheus), `/healthz` and, of a worker, `/readyz`; without a key, so for those who watch alone. With `npm start`, the worker has the next one',
  },
  {
    name: 'METRICS_HOST',
    default: '`HOST` for the API, 127.0.0.1 for a worker',
    description: 'Address that `METRICS_PORT` listens on',
  },
  { name: 'LOG_LEVEL', default: 'info', description: LOG_LEVELS.map((level) => `\`${level}\``).join(', ') },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['name'];
