/** The environment, parsed once (by the main.ts files) and refused loudly: all faults at once. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseStoreUrl } from './checkpoints/store-url.ts';
import { QUEUE_NAMES, type QueueName } from './engines.ts';
import { messageOf } from './errors.ts';
import { withCredentials } from './redis-url.mjs';
import { withoutSecrets } from './secrets.ts';
import { LOG_LEVELS, SETTINGS, type SettingName } from './settings.ts';
import { MOST_SLOTS, parseSlotsPerWorker, type SlotsPerWorker } from './slots-per-worker.ts';

const flag = z.enum(['0', '1'], '0 or 1').transform((value) => value === '1');

const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${low} to ${high}`)
    .transform(Number)
    .pipe(z.number().int().min(low).max(high));

/** What one of our parsers makes of the text; its error says what is allowed. */
const parsedBy = <Value>(parse: (text: string) => Value) =>
  z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

function checkedStoreUrl(url: string): string {
  parseStoreUrl(url);
  return url;
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
    CHECKPOINT_STORE: parsedBy(checkedStoreUrl).optional(),
    DATA_DIR: z.string().min(1).default('.data'),
    WORKER_NAME: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, '1 to 100 letters, digits and . _ -')
      .optional(),
    WORKER_SLOTS: whole(1, MOST_SLOTS).default(1),
    SLOTS_PER_WORKER: parsedBy(parseSlotsPerWorker).prefault('1'),
    GPU_TRAINING: flag.default(false),
    WORKER_QUEUES: z
      .string()
      .transform((list) => list.split(','))
      .pipe(z.array(z.enum(QUEUE_NAMES, `names out of ${QUEUE_NAMES.join(', ')}, with commas between`)))
      .default([...QUEUE_NAMES]),
    TRAINER_THREADS: whole(1, 64).optional(),
    TRAINER_MAX_JOBS: whole(0, 1_000_000).optional(),
    TRAINER_READY_MS: whole(1000, 3_600_000).optional(),
    REQUIRE_GPU: flag.default(false),
    // Read in the trainers alone, by TensorFlow's binding: what that refuses would end each of them, for ever.
    TF_MIXED_PRECISION: z.enum(['float16', 'bfloat16'], 'float16 or bfloat16').optional(),
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
  /** 1 to 64. undefined: the cores (or the limit of CPU time) by `workerSlots`, rounded down, 1 to 4; 1 for TensorFlow. */
  trainerThreads: number | undefined;
  /** undefined: as many as suit the worker's engines. */
  trainerMaxJobs: number | undefined;
  /** undefined: what suits the worker's engines. */
  trainerReadyMs: number | undefined;
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
    trainerReadyMs: values.TRAINER_READY_MS,
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
