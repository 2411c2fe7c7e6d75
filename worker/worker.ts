/** A worker: takes jobs from its queues through BullMQ, runs each in a trainer, beats, and stops in order. */
import { hostname } from 'node:os';
import { Worker as BullWorker } from 'bullmq';
import type { Redis } from 'ioredis';
import { onCancellation } from '../shared/cancellation.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { type QueueName, queuesOf } from '../shared/engines.ts';
import { Cancelled, Interrupted, LockLost, messageOf } from '../shared/errors.ts';
import { createJobStore } from '../shared/job-store.ts';
import { DEAD_WORKER_BUDGET } from '../shared/jobs.ts';
import { PREFIX } from '../shared/keys.ts';
import { packageVersion } from '../shared/package-root.ts';
import type { QueuedJob } from '../shared/queues.ts';
import { isRedisAway, isRefusedByRedis, logConnection } from '../shared/redis.ts';
import { BEAT_MS, beat, liveWorkers, signOff, type WorkerView } from '../shared/workers.ts';
import { createLeases } from './lease.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { createProcessor, type QueuedResult } from './process-job.ts';
import { createRunAttempt } from './run-attempt.ts';
import { createStoreWatch } from './store-watch.ts';
import { createTaking } from './taking.ts';
import { createTrainerPools, type TrainerPoolsOptions } from './trainer-pools.ts';

export interface WorkerOptions extends TrainerPoolsOptions {
  name: string;
  /** Opens a connection of its own for each use: BullMQ blocks on one, subscriptions on another. */
  connect(): Redis;
  checkpoints: CheckpointStore;
  /** Jobs are taken from these alone, as far as the engines can compute them. */
  queues: readonly QueueName[];
  jobLockMs: number;
  stalledCheckMs: number;
  /** Whether it ends where its trainings cannot have their engine, whatever else it could do. */
  requireGpu: boolean;
}

export interface YardWorker {
  /** Resolves when it takes jobs; rejects if its trainers cannot have the engine for any, or the GPU that they must have. */
  ready: Promise<void>;
  /** As `GET /v1/workers` has it. */
  readiness(): Pick<WorkerView, 'unready' | 'dropped'>;
  /** Gives its jobs back, each with a checkpoint at the step it is at; takes no more. */
  stop(why: string): Promise<void>;
}

/** Milliseconds for which no job is taken after Redis has refused a command. */
const REFUSED_PAUSE_MS = 5000;
/** Milliseconds between two looks at the leases. */
const LEASE_CHECK_MS = 200;

export function startWorker(options: WorkerOptions): YardWorker {
  const { name, connect, logger, metrics, engines, jobLockMs, stalledCheckMs } = options;
  const redis = connect();
  const subscriber = connect();
  logConnection(redis, logger, 'jobs go on for as long as their locks may hold, and again once it is back');
  // It comes and goes with the other one, which has said so.
  subscriber.on('error', () => {});
  const store = createJobStore(redis);
  const leases = createLeases(jobLockMs);
  const queues = options.queues.filter((queue) => engines.some((engine) => queuesOf(engine).includes(queue)));
  const pools = createTrainerPools(options, queues, (served, fit) => taking.servedBy(served, fit));
  let isTaking = false;
  /** Whether Redis refused the latest write; it is said once. */
  let isRefused = false;
  let stopping = false;

  const storeWatch = createStoreWatch({
    checkpoints: options.checkpoints,
    onAway: () => taking.rest('store'),
    onBack: () => taking.goOn('store'),
    logger,
  });
  const takers = new Map(queues.map((queue) => [queue, createTaker(queue)]));
  const taking = createTaking({ takers, onServed: metrics.serves, logger });
  const leaseCheck = setInterval(() => leases.check(), LEASE_CHECK_MS);
  const version = packageVersion();
  const startedAt = new Date().toISOString();
  const beatOnce = oneAtATime(sendBeat);
  const beating = setInterval(beatOnce, BEAT_MS);
  // Cut short only by stop(): until then the connection waits for Redis.
  onCancellation(subscriber, (jobId) => leases.stop(jobId, new Cancelled())).catch(() => {});

  function createTaker(queue: QueueName): BullWorker<QueuedJob, QueuedResult> {
    const concurrency = pools.slotsOf(queue);
    metrics.serves(queue, concurrency);
    const processor = createProcessor({
      redis,
      store,
      queue,
      worker: name,
      runAttempt: createRunAttempt({
        redis,
        store,
        checkpoints: options.checkpoints,
        trainers: pools.of(queue),
        metrics,
        logger,
        onStored: storeWatch.served,
      }),
      open: leases.open,
      isResting: (running) =>
        stopping || storeWatch.isAway() || taking.isDropped(queue) || running >= taker.concurrency,
      leaves: (why) => leaves(queue, why),
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

  /** Where another engine serves the queue too, that one goes on: the fault is of the job that asks for this one. */
  function leaves(queue: QueueName, why: string): boolean {
    const [engine, ...others] = engines.filter((each) => queuesOf(each).includes(queue));
    if (others.length > 0) return taking.isDropped(queue);
    const { keeps, isFit } = pools.of(queue);
    const isKept = engine === keeps;
    if (!isKept || !isFit()) taking.drop(queue, why, !isKept);
    return true;
  }

  /** BullMQ asks again at once when Redis refuses a command, thousands of times a second. */
  function pauseWhileRefused(queue: QueueName, error: Error): void {
    if (stopping || taking.isResting('redis')) return;
    if (!isRefused)
      logger.warn({ queue, error: messageOf(error) }, 'Redis refuses to write: no job is taken until it does');
    isRefused = true;
    taking.rest('redis');
    setTimeout(() => taking.goOn('redis'), REFUSED_PAUSE_MS);
  }

  function unready(): string | null {
    if (stopping) return 'it stops';
    if (!isTaking) {
      const [fault] = pools.used.flatMap((pool) => pool.fault() ?? []);
      return fault === undefined ? 'none of its trainers is ready yet' : `none of its trainers is ready: ${fault}`;
    }
    if (redis.status !== 'ready') return 'Redis cannot be reached';
    if (isRefused) return 'Redis refuses to write';
    if (storeWatch.isAway()) return 'the checkpoint store cannot be used';
    return hasDroppedAll() ? `its trainers cannot have the engine for ${queues.join(', ')}` : null;
  }

  function trainingsAtOnce(): number {
    const trainings = [...takers].filter(([queue]) => queue !== 'eval' && !taking.isDropped(queue));
    return Math.max(0, ...trainings.map(([, { concurrency }]) => concurrency));
  }

  function hasDroppedAll(): boolean {
    return queues.every(taking.isDropped);
  }

  const readiness = () => ({ unready: unready(), dropped: taking.dropped() });

  async function sendBeat(): Promise<void> {
    const view: WorkerView = {
      name,
      host: hostname(),
      pid: process.pid,
      engines: [...engines],
      device: pools.device()?.type ?? 'cpu',
      hardware: pools.device()?.hardware ?? null,
      queues: queues.filter((queue) => !taking.isDropped(queue)),
      slots: trainingsAtOnce(),
      running: leases.jobIds(),
      trainers: pools.pids(),
      state: stopping ? 'stopping' : isTaking ? 'running' : 'starting',
      ...readiness(),
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
    if (options.requireGpu) await pools.trainers.ready;
    const ready = pools.used.map((pool) => pool.ready);
    await Promise.any(ready).catch(({ errors }: AggregateError) => Promise.reject(errors[0]));
    if (stopping) return;
    await warnOfTwin();
    taking.begin();
    isTaking = true;
    await beatOnce();
    logger.info(
      { queues: queues.filter((queue) => !taking.isDropped(queue)), slots: trainingsAtOnce() },
      'taking jobs',
    );
  }

  return {
    ready: start(),
    readiness,
    async stop(why: string): Promise<void> {
      // All in one tick: what is fetched after it is handed back untouched.
      stopping = true;
      taking.end();
      storeWatch.close();
      leases.stopAll(new Interrupted(`worker ${name} stopped (${why})`));
      const closed = [...takers.values()].map((taker) => taker.close());
      await Promise.all(closed);
      clearInterval(leaseCheck);
      clearInterval(beating);
      await pools.close();
      await signOff(redis, name).catch(() => {});
      subscriber.disconnect();
      redis.disconnect();
    },
  };
}
