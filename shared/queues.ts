/** BullMQ's side of a job: the queues, how jobs are put into them, and where one stands. */
import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_NAMES, type QueueName } from './engines.ts';
import { FAILURE_BUDGET, type JobId } from './jobs.ts';
import { PREFIX } from './keys.ts';

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

export function backoffMs(failures: number): number {
  return BACKOFF_MS * 2 ** (failures - 1);
}

export function createQueues(connection: Redis): Queues {
  const create = (name: QueueName): YardQueue =>
    new Queue(name, {
      connection,
      prefix: PREFIX,
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

/** 1 is next. null if the job is not waiting there. A stalled job that BullMQ took back stands before all others. */
export async function queuePosition(redis: Redis, queue: string, id: JobId): Promise<number | null> {
  const [returned, rank] = await Promise.all([
    redis.lrange(`${PREFIX}:${queue}:wait`, 0, -1),
    redis.zrank(`${PREFIX}:${queue}:prioritized`, id),
  ]);
  const index = returned.indexOf(id);
  if (index >= 0) return returned.length - index;
  return rank === null ? null : returned.length + rank + 1;
}
