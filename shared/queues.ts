/** BullMQ's side of a job: the queues, how jobs are put into them, and where one stands. */
import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_NAMES, type QueueName } from './engines.ts';
import { FAILURE_BUDGET, type JobId } from './jobs.ts';
import { keys, PREFIX } from './keys.ts';
import { runPipeline } from './redis.ts';
import type { SlotsPerWorker } from './slots-per-worker.ts';

/** What BullMQ holds of a job. Nothing is believed from it but the id; the rest is for bull-board's readers. */
export interface QueuedJob {
  jobId: JobId;
  name: string | null;
  tags: string[];
  spec: unknown;
}

export type YardQueue = Queue<QueuedJob>;
export type Queues = Record<QueueName, YardQueue>;

/** Milliseconds before the second attempt; doubled before each further one. */
export const BACKOFF_MS = 5000;

export function createQueues(connection: Redis): Queues {
  const create = (name: QueueName): YardQueue =>
    new Queue(name, {
      connection,
      prefix: PREFIX,
      // Commands go to the connection as it is, and fail at once while Redis is away: otherwise they would wait
      // for a Redis that is away at start, and for ever if it left again during BullMQ's first look at its version.
      skipWaitingForReady: true,
      skipVersionCheck: true,
      defaultJobOptions: {
        attempts: FAILURE_BUDGET,
        backoff: { type: 'exponential', delay: BACKOFF_MS },
        keepLogs: 2000,
        // Retention is ours (job-store.ts): record, events and files go together.
        removeOnComplete: false,
        removeOnFail: false,
      },
    });
  return Object.fromEntries(QUEUE_NAMES.map((name) => [name, create(name)])) as Queues;
}

export function jobOptions(job: { id: JobId; priority: number }): JobsOptions {
  return { jobId: job.id, priority: bullPriority(job.priority) };
}

/**
 * Ours is −10 … 10, higher sooner; BullMQ's lowest number runs first, and no number before all.
 * Always at least 1, so that every waiting job is in one sorted set and its position is one ZRANK.
 */
export function bullPriority(priority: number): number {
  return 11 - priority;
}

/**
 * Where jobs stand, in one round trip: 1 is next; a job that does not wait there has no entry. One that was given
 * back, or that BullMQ took back from a dead worker, stands before all others.
 */
export async function queuePositions(
  redis: Redis,
  jobs: readonly { id: JobId; queue: QueueName }[],
): Promise<Map<JobId, number>> {
  const names = [...new Set(jobs.map(({ queue }) => queue))];
  const replies = await runPipeline<JobId[] | number | null>(redis, (pipeline) => {
    for (const name of names) pipeline.lrange(`${PREFIX}:${name}:wait`, 0, -1);
    for (const { id, queue } of jobs) pipeline.zrank(`${PREFIX}:${queue}:prioritized`, id);
  });
  // The head of BullMQ's list is its right end.
  const returned = new Map(names.map((name, i) => [name, (replies[i] as JobId[]).reverse()]));
  const positions = new Map<JobId, number>();
  for (const [i, { id, queue }] of jobs.entries()) {
    const first = returned.get(queue) ?? [];
    const rank = replies[names.length + i] as number | null;
    if (first.includes(id)) positions.set(id, first.indexOf(id) + 1);
    else if (rank !== null) positions.set(id, first.length + rank + 1);
  }
  return positions;
}

export interface QueueCounts {
  name: QueueName;
  waiting: number;
  active: number;
  delayed: number;
  /** On bull-board, until it is resumed there: its jobs wait, and no worker takes one. */
  paused: boolean;
}

/** How many jobs BullMQ has in each queue, in one round trip. */
export async function queueCounts(redis: Redis): Promise<QueueCounts[]> {
  const counts = await runPipeline<number>(redis, (pipeline) => {
    for (const name of QUEUE_NAMES) {
      const key = `${PREFIX}:${name}`;
      pipeline.llen(`${key}:wait`).zcard(`${key}:prioritized`).llen(`${key}:active`).zcard(`${key}:delayed`);
      pipeline.hexists(...pausedField(name));
    }
  });
  return QUEUE_NAMES.map((name, i) => {
    const [returned = 0, prioritized = 0, active = 0, delayed = 0, paused = 0] = counts.slice(5 * i);
    return { name, waiting: returned + prioritized, active, delayed, paused: paused === 1 };
  });
}

/** Those that somebody has paused. */
export async function pausedQueues(redis: Redis): Promise<ReadonlySet<QueueName>> {
  const paused = await runPipeline<number>(redis, (pipeline) => {
    for (const name of QUEUE_NAMES) pipeline.hexists(...pausedField(name));
  });
  return new Set(QUEUE_NAMES.filter((_, i) => paused[i] === 1));
}

/** Where BullMQ notes it; the jobs stay where they wait. */
function pausedField(name: QueueName): [key: string, field: string] {
  return [`${PREFIX}:${name}:meta`, 'paused'];
}

export interface QueueStats extends QueueCounts {
  /** Jobs of the queue that one worker runs at once. */
  slotsPerWorker: number;
  /** Since the oldest waiting job was submitted or came back; null when none waits. */
  oldestWaitingSeconds: number | null;
  /** As many as it takes to run every job of the queue at once; those that run, while it is paused. */
  desiredWorkers: number;
}

/**
 * What scales the workers of each queue. A job whose worker has died is active for as long as BullMQ holds it as such,
 * until a living worker takes it back: it keeps a worker wanted also where none is left.
 */
export async function queueStats(
  redis: Redis,
  slotsPerWorker: SlotsPerWorker,
  now = Date.now(),
): Promise<QueueStats[]> {
  const [counts, oldest] = await Promise.all([
    queueCounts(redis),
    runPipeline<string[]>(redis, (pipeline) => {
      for (const name of QUEUE_NAMES) pipeline.zrange(keys.waitingSince(name), 0, 0, 'WITHSCORES');
    }),
  ]);
  return counts.map((queue, i) => {
    const slots = slotsPerWorker[queue.name];
    const startable = queue.paused ? 0 : queue.waiting + queue.delayed;
    const [, since] = oldest[i] ?? [];
    return {
      ...queue,
      slotsPerWorker: slots,
      // The clock that noted it may be another machine's.
      oldestWaitingSeconds: since === undefined ? null : Math.max(0, now - Number(since)) / 1000,
      desiredWorkers: Math.ceil((startable + queue.active) / slots),
    };
  });
}

/** BullMQ's score of a waiting job: its priority in the upper bits, a counter in the lower ones. */
const SCORES_PER_PRIORITY = 2 ** 32;

/**
 * The jobs of a queue that would go before one submitted now: how many, and the first of them in their order.
 * @param priority ours
 */
export async function jobsAhead(
  redis: Redis,
  queue: QueueName,
  priority: number,
  limit: number,
): Promise<{ count: number; ids: JobId[] }> {
  const set = `${PREFIX}:${queue}:prioritized`;
  const below = `(${(bullPriority(priority) + 1) * SCORES_PER_PRIORITY}`;
  const [returned, sooner, first] = (await runPipeline(redis, (pipeline) => {
    pipeline
      .lrange(`${PREFIX}:${queue}:wait`, 0, -1)
      .zcount(set, '-inf', below)
      .zrange(set, '-inf', below, 'BYSCORE', 'LIMIT', 0, limit);
  })) as [JobId[], number, JobId[]];
  return { count: returned.length + sooner, ids: [...returned.reverse(), ...first].slice(0, limit) };
}
