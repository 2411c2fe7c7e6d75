/** The environment, parsed once (by the main.ts files) and refused loudly: all faults at once. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseStoreUrl } from './checkpoints/store-url.ts';
import { QUEUE_NAMES, type QueueName } from './engines.ts';
import { messageOf } from './errors.ts';
import { withCredentials } from './redis-url.mjs';
import { withoutSecrets } from './secrets.ts';
import { MOST_SLOTS, parseSlotsPerWorker, type SlotsPerWorker } from './slots-per-worker.ts';

export interface Setting {
  name: string;
  /** As the README shows it. */
  default: string;
  description: string;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const DEFAULT_PORT = 3000;

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
    default: '1',
    description: 'Threads of one trainer (the engine `tensorflow` alone uses more than one)',
  },
  {
    name: 'TRAINER_MAX_JOBS',
    default: '100 where a worker takes `train-gpu`, else 0',
    description:
      'Jobs after which a trainer is closed and a fresh one takes its place, as TensorFlow never gives memory back; 0: never',
  },
  {
    name: 'REQUIRE_GPU',
    default: '0',
    description: '1: a worker does not start where TensorFlow would train on the CPU, and says what it misses',
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

const flag = z.enum(['0', '1'], '0 or 1').transform((value) => value === '1');

const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${low} to ${high}`)
    .transform(Number)
    .pipe(z.number().int().min(low).max(high));

function refuseFaultyStore(url: string, context: z.RefinementCtx): void {
  try {
    parseStoreUrl(url);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
}

function slotsPerWorker(text: string, context: z.RefinementCtx): SlotsPerWorker {
  try {
    return parseSlotsPerWorker(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

const Schema = z
  .object({
    HOST: z
      .string()
      .regex(/^[A-Za-z0-9.:-]+$/, 'an address or a host name')
      .default('127.0.0.1'),
    API_KEYS_FILE: z.string().min(1).optional(),
    TRUST_PROXY: whole(0, 10).default(0),
    RATE_LIMIT_READS: whole(1, 1_000_000).default(3000),
    RATE_LIMIT_WRITES: whole(1, 1_000_000).default(300),
    RATE_LIMIT_JOBS: whole(1000, 10_000_000).default(100_000),
    EVENT_STREAMS: whole(1, 100_000).default(5000),
    EVENT_STREAMS_PER_KEY: whole(1, 100_000).default(1000),
    PORT: whole(0, 65535).optional(),
    REDIS_URL: z
      .string()
      .regex(/^rediss?:\/\/\S+$/, 'redis://host:port or rediss://host:port')
      .refine(URL.canParse, 'an address: what stands in it must be percent-encoded')
      .default('redis://127.0.0.1:6379'),
    REDIS_USERNAME: z.string().optional(),
    REDIS_PASSWORD: z.string().optional(),
    CHECKPOINT_STORE: z.string().superRefine(refuseFaultyStore).optional(),
    DATA_DIR: z.string().min(1).default('.data'),
    WORKER_NAME: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, '1 to 100 letters, digits and . _ -')
      .optional(),
    WORKER_SLOTS: whole(1, MOST_SLOTS).default(1),
    SLOTS_PER_WORKER: z.string().default('1').transform(slotsPerWorker),
    GPU_TRAINING: flag.default(false),
    WORKER_QUEUES: z
      .string()
      .transform((list) => list.split(','))
      .pipe(z.array(z.enum(QUEUE_NAMES, `names out of ${QUEUE_NAMES.join(', ')}, with commas between`)))
      .default([...QUEUE_NAMES]),
    TRAINER_THREADS: whole(1, 64).default(1),
    TRAINER_MAX_JOBS: whole(0, 1_000_000).optional(),
    REQUIRE_GPU: flag.default(false),
    JOB_LOCK_MS: whole(1000, 600_000).default(15_000),
    STALLED_CHECK_MS: whole(100, 600_000).default(5_000),
    METRICS_PORT: whole(0, 65535).optional(),
    METRICS_HOST: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]+$/, 'an address or a host name')
      .optional(),
    LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  } satisfies Record<SettingName, z.ZodType>)
  .refine((env) => LOOPBACK.test(env.HOST) || env.API_KEYS_FILE !== undefined, {
    path: ['HOST'],
    message:
      'a loopback address (127.0.0.1, ::1, localhost), as there are no API keys. For any other, make a key and its ' +
      'file (npm run key -- --name NAME --role admin) and set API_KEYS_FILE to that file',
    when: () => true,
  })
  .refine((env) => !env.REQUIRE_GPU || env.WORKER_QUEUES.includes('train-gpu'), {
    path: ['REQUIRE_GPU'],
    message: '0 for a worker whose WORKER_QUEUES leave train-gpu out: nothing else is computed on a GPU',
  })
  .refine((env) => env.STALLED_CHECK_MS <= env.JOB_LOCK_MS, {
    path: ['STALLED_CHECK_MS'],
    message: 'at most JOB_LOCK_MS',
  });

export interface Environment {
  host: string;
  /** undefined: 3000, or the next free one. */
  port: number | undefined;
  /** null: there are no API keys. */
  apiKeysFile: string | null;
  trustProxy: number;
  limits: { reads: number; writes: number; jobs: number };
  /** Event streams of one process: in all, and of one key. */
  streams: { all: number; ofKey: number };
  redisUrl: string;
  checkpointStore: string;
  dataDir: string;
  workerName: string;
  workerSlots: number;
  slotsPerWorker: SlotsPerWorker;
  gpuTraining: boolean;
  workerQueues: QueueName[];
  trainerThreads: number;
  /** undefined: as many as suit the worker's engines. */
  trainerMaxJobs: number | undefined;
  requireGpu: boolean;
  jobLockMs: number;
  stalledCheckMs: number;
  /** undefined: the metrics are not served. */
  metricsPort: number | undefined;
  metricsHost: string | undefined;
  logLevel: (typeof LOG_LEVELS)[number];
}

/** @throws Error naming every faulty variable, its value and what is allowed */
export function readEnvironment(env: Record<string, string | undefined>): Environment {
  const given = Object.fromEntries(SETTINGS.map(({ name }) => [name, env[name] || undefined]));
  const parsed = Schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      // A faulty one may have its password anywhere.
      const value = name === 'REDIS_URL' ? '(not shown)' : withoutSecrets(JSON.stringify(given[name]));
      return `  ${name}=${value}: ${issue.message} (default: ${defaultOf(name)})`;
    });
    throw new Error(`The environment cannot be used:\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  const dataDir = resolve(values.DATA_DIR);
  return {
    host: values.HOST,
    port: values.PORT,
    apiKeysFile: values.API_KEYS_FILE ?? null,
    trustProxy: values.TRUST_PROXY,
    limits: { reads: values.RATE_LIMIT_READS, writes: values.RATE_LIMIT_WRITES, jobs: values.RATE_LIMIT_JOBS },
    streams: { all: values.EVENT_STREAMS, ofKey: values.EVENT_STREAMS_PER_KEY },
    redisUrl: withCredentials(values.REDIS_URL, values),
    checkpointStore: values.CHECKPOINT_STORE ?? `file:${resolve(dataDir, 'checkpoints')}`,
    dataDir,
    workerName: values.WORKER_NAME ?? `${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-${process.pid}`,
    workerSlots: values.WORKER_SLOTS,
    slotsPerWorker: values.SLOTS_PER_WORKER,
    gpuTraining: values.GPU_TRAINING,
    workerQueues: values.WORKER_QUEUES,
    trainerThreads: values.TRAINER_THREADS,
    trainerMaxJobs: values.TRAINER_MAX_JOBS,
    requireGpu: values.REQUIRE_GPU,
    jobLockMs: values.JOB_LOCK_MS,
    stalledCheckMs: values.STALLED_CHECK_MS,
    metricsPort: values.METRICS_PORT,
    metricsHost: values.METRICS_HOST,
    logLevel: values.LOG_LEVEL,
  };
}

function defaultOf(name: string): string {
  return SETTINGS.find((setting) => setting.name === name)?.default ?? '';
}

/** The port to try first when none was asked for. */
export { DEFAULT_PORT };
