/** A worker: takes jobs from its queues through BullMQ, runs each in a trainer, beats, and stops in order. */
import { hostname } from 'node:os';
import { Worker as BullWorker } from 'bullmq';
import type { Redis } from 'ioredis';
import { onCancellation } from '../shared/cancellation.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import type { Device } from '../shared/device.ts';
import { type QueueName, queuesOf } from '../shared/engines.ts';
import { Cancelled, Interrupted, LockLost, messageOf } from '../shared/errors.ts';
import { createJobStore } from '../shared/job-store.ts';
import { DEAD_WORKER_BUDGET, type EngineName } from '../shared/jobs.ts';
import { PREFIX } from '../shared/keys.ts';
import { packageVersion } from '../shared/package-root.ts';
import type { Logger } from '../shared/process.ts';
import type { QueuedJob } from '../shared/queues.ts';
import { isRedisAway, isRefusedByRedis, logConnection } from '../shared/redis.ts';
import { BEAT_MS, beat, liveWorkers, signOff, type WorkerView } from '../shared/workers.ts';
import { createLeases } from './lease.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { createProcessor, type QueuedResult } from './process-job.ts';
import { createRunAttempt } from './run-attempt.ts';
import { createStoreWatch } from './store-watch.ts';
import { createTrainerPool } from './trainer/pool.ts';
import type { Warmth } from './trainer/protocol.ts';
import type { TrainerOptions } from './trainer/trainer.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface WorkerOptions {
  name: string;
  /** Opens a connection of its own for each use: BullMQ blocks on one, subscriptions on another. */
  connect(): Redis;
  checkpoints: CheckpointStore;
  /** Those that this machine has. The first that takes jobs from its queues is kept warm. */
  engines: readonly [EngineName, ...EngineName[]];
  slots: number;
  /** Jobs are taken from these alone, as far as the engines can compute them. */
  queues: readonly QueueName[];
  jobLockMs: number;
  stalledCheckMs: number;
  /** Jobs after which a trainer makes room for a fresh one; 0: never. */
  trainerMaxJobs: number;
  trainer: Omit<TrainerOptions, 'onDevice'>;
  metrics: WorkerMetrics;
  logger: Logger;
}

export interface YardWorker {
  /** Resolves when it takes jobs. */
  ready: Promise<void>;
  /** Why it takes no jobs at this moment; null if it does. */
  unready(): string | null;
  /** Gives its jobs back, each with a checkpoint at the step it is at; takes no more. */
  stop(why: string): Promise<void>;
}

/** What keeps a worker from taking jobs for a while. */
type Pause = 'redis' | 'store' | 'gpu';

/** Milliseconds for which no job is taken after Redis has refused a command. */
const REFUSED_PAUSE_MS = 5000;
/** Milliseconds between two looks at the leases. */
const LEASE_CHECK_MS = 200;

export function startWorker(options: WorkerOptions): YardWorker {
  const { name, connect, logger, metrics, slots, engines, jobLockMs, stalledCheckMs } = options;
  const redis = connect();
  const subscriber = connect();
  logConnection(redis, logger, 'jobs go on for as long as their locks may hold, and again once it is back');
  // It comes and goes with the other one, which has said so.
  subscriber.on('error', () => {});
  const store = createJobStore(redis);
  const leases = createLeases(jobLockMs);
  const queues = options.queues.filter((queue) => engines.some((engine) => queuesOf(engine).includes(queue)));
  /** What the trainers compute on: the GPU, once one of them has told of it. */
  let device: Device | null = null;
  const pool = {
    ...options.trainer,
    maxJobs: options.trainerMaxJobs,
    onReplace: metrics.trainerReplaced,
    onDevice(told: Device) {
      if (device?.type === 'gpu') return;
      device = told;
      metrics.computesOn(told);
    },
    logger,
  };
  const trainers = createTrainerPool({
    ...pool,
    slots,
    warmth: warmthFor(queues.filter((queue) => queue !== 'eval')),
    onFit: (isFit) => (isFit ? resumeFrom('gpu') : pauseFor('gpu')),
  });
  // One more, so that an evaluation never waits behind a training; started after the others.
  const evaluatorSlots = queues.includes('eval') ? 1 : 0;
  const evaluators = createTrainerPool({
    ...pool,
    slots: evaluatorSlots,
    warmth: warmthFor(['eval']),
    after: trainers.ready,
    // Their engines are everywhere: they tell nothing of the GPU.
    onFit: () => {},
  });
  let isTaking = false;
  /** Whether Redis refused the latest write; it is said once. */
  let isRefused = false;
  let stopping = false;

  /** Why no job is taken for the moment; those that run go on. */
  const pauses = new Set<Pause>();
  const storeWatch = createStoreWatch({
    checkpoints: options.checkpoints,
    onAway: () => pauseFor('store'),
    onBack: () => resumeFrom('store'),
    logger,
  });
  const takers = queues.map((queue) => createTaker(queue));
  const leaseCheck = setInterval(() => leases.check(), LEASE_CHECK_MS);
  const version = packageVersion();
  const startedAt = new Date().toISOString();
  const beatOnce = oneAtATime(sendBeat);
  const beating = setInterval(beatOnce, BEAT_MS);
  // Cut short only by stop(): until then the connection waits for Redis.
  onCancellation(subscriber, (jobId) => leases.stop(jobId, new Cancelled())).catch(() => {});

  function warmthFor(served: readonly QueueName[]): Warmth {
    const takes = (engine: EngineName) => queuesOf(engine).some((queue) => served.includes(queue));
    return { engine: engines.find(takes) ?? engines[0], dataset: 'mnist', resize: 'bilinear' };
  }

  function createTaker(queue: QueueName): BullWorker<QueuedJob, QueuedResult> {
    const [pool, concurrency] = queue === 'eval' ? [evaluators, 1] : [trainers, slots];
    metrics.serves(queue, concurrency);
    const processor = createProcessor({
      redis,
      store,
      queue,
      worker: name,
      runAttempt: createRunAttempt({
        ...{ redis, store, checkpoints: options.checkpoints, trainers: pool, metrics, logger },
        onStored: storeWatch.served,
      }),
      open: leases.open,
      isResting: () => stopping || storeWatch.isAway() || pauses.has('gpu'),
      storeWatch,
      metrics,
      logger,
    });
    const taker = new BullWorker<QueuedJob, QueuedResult>(queue, processor, {
      connection: redis,
      prefix: PREFIX,
      name,
      autorun: false,
      concurrency,
      lockDuration: jobLockMs,
      lockRenewTime: jobLockMs / 3,
      stalledInterval: stalledCheckMs,
      // Our record counts dead workers; BullMQ's count is only the net below it.
      maxStalledCount: DEAD_WORKER_BUDGET,
      runRetryDelay: 1000,
    });
    taker.on('locksRenewed', ({ jobIds }) => leases.renewed(jobIds));
    taker.on('lockRenewalFailed', (jobIds) => {
      for (const id of jobIds) leases.stop(id, new LockLost());
    });
    taker.on('error', (error) => {
      if (isRefusedByRedis(error)) pauseWhileRefused(queue, error);
      else if (!isRedisAway(error)) logger.warn({ queue, error: messageOf(error) }, 'queue error');
    });
    return taker;
  }

  /** BullMQ asks again at once when Redis refuses a command, thousands of times a second. */
  function pauseWhileRefused(queue: QueueName, error: Error): void {
    if (stopping || pauses.has('redis')) return;
    if (!isRefused)
      logger.warn({ queue, error: messageOf(error) }, 'Redis refuses to write: no job is taken until it does');
    isRefused = true;
    pauseFor('redis');
    setTimeout(() => resumeFrom('redis'), REFUSED_PAUSE_MS);
  }

  function pauseFor(reason: Pause): void {
    pauses.add(reason);
    for (const taker of takers) void taker.pause(true);
  }

  function resumeFrom(reason: Pause): void {
    if (!pauses.delete(reason) || stopping || pauses.size > 0) return;
    for (const taker of takers) void taker.resume();
  }

  function unready(): string | null {
    if (stopping) return 'it stops';
    if (!isTaking) return 'none of its trainers is ready yet';
    if (redis.status !== 'ready') return 'Redis cannot be reached';
    if (isRefused) return 'Redis refuses to write';
    if (pauses.has('gpu')) return 'its trainers find no GPU that they can use';
    return storeWatch.isAway() ? 'the checkpoint store cannot be used' : null;
  }

  async function sendBeat(): Promise<void> {
    const view: WorkerView = {
      name,
      host: hostname(),
      pid: process.pid,
      engines: [...engines],
      device: device?.type ?? 'cpu',
      hardware: device?.hardware ?? null,
      queues,
      slots,
      running: leases.jobIds(),
      trainers: [...trainers.pids(), ...evaluators.pids()],
      state: stopping ? 'stopping' : isTaking ? 'running' : 'starting',
      unready: unready(),
      version,
      node: process.versions.node,
      startedAt,
      lastSeenAt: new Date().toISOString(),
    };
    try {
      await beat(redis, view);
      if (isRefused) logger.info('Redis takes writes again');
      isRefused = false;
    } catch (error) {
      if (!isRefused) logger.warn({ error: messageOf(error) }, 'could not beat: Redis refuses to write');
      isRefused = true;
    }
  }

  async function warnOfTwin(): Promise<void> {
    const twin = (await liveWorkers(redis)).find((worker) => worker.name === name && worker.startedAt !== startedAt);
    if (twin) {
      const { host, pid } = twin;
      logger.warn(
        { name, host, pid },
        'a worker of this name lives, or did a moment ago: give each its own WORKER_NAME',
      );
    }
  }

  async function start(): Promise<void> {
    await trainers.ready;
    if (stopping) return;
    await warnOfTwin();
    for (const taker of takers)
      taker.run().catch((error: unknown) => logger.error({ error: messageOf(error) }, 'queue stopped'));
    isTaking = true;
    await beatOnce();
    logger.info({ queues, slots }, 'taking jobs');
  }

  return {
    ready: start(),
    unready,
    async stop(why: string): Promise<void> {
      // All in one tick: what is fetched after it is handed back untouched.
      stopping = true;
      storeWatch.close();
      leases.stopAll(new Interrupted(`worker ${name} stopped (${why})`));
      const closed = takers.map((taker) => taker.close());
      await Promise.all(closed);
      clearInterval(leaseCheck);
      clearInterval(beating);
      await Promise.all([trainers.close(), evaluators.close()]);
      await signOff(redis, name).catch(() => {});
      subscriber.disconnect();
      redis.disconnect();
    },
  };
}
