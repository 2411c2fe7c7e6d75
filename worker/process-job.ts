/**
 * What becomes of a job that BullMQ hands to this worker. The one place where outcomes are mapped:
 *
 *   outcome               job record                       BullMQ's job
 *   done                  completed                        completed
 *   cancelled by user     cancelled                        failed, never retried
 *   interrupted, or       waiting, no failure spent        back to the head of the queue
 *     no trainer ready
 *   no engine for it      waiting, no failure spent;       back to the head of the queue, which this worker drops;
 *                         failed the tenth time            a retryable failure if the queue has another engine too
 *   retryable failure     delayed, or failed (budget)      delayed, or failed
 *   permanent failure     failed                           failed, never retried
 *   lock lost             as whoever has it now says       left alone
 */
import { type Job as BullJob, UnrecoverableError, WaitingError } from 'bullmq';
import type { Redis } from 'ioredis';
import { type AttemptRecord, beginAttempt } from '../shared/attempt-record.ts';
import type { QueueName } from '../shared/engines.ts';
import {
  Cancelled,
  type ErrorCode,
  Interrupted,
  isEngineUnavailable,
  LockLost,
  messageOf,
  PermanentError,
  RetryableError,
} from '../shared/errors.ts';
import type { JobStore } from '../shared/job-store.ts';
import { JobId, type JobState } from '../shared/jobs.ts';
import type { Logger } from '../shared/process.ts';
import type { QueuedJob } from '../shared/queues.ts';
import { isRefusedByRedis } from '../shared/redis.ts';
import type { JobResult } from '../shared/views.ts';
import { isStoreAway } from './committer.ts';
import type { RunAttempt } from './run-attempt.ts';
import type { StoreWatch } from './store-watch.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface ProcessorDeps {
  redis: Redis;
  store: JobStore;
  queue: QueueName;
  worker: string;
  runAttempt: RunAttempt;
  /** The signal that stops the job: aborted on shutdown, cancellation or a lost lock, with the reason. */
  open(jobId: JobId): { stop: AbortController; close(): void };
  /** Whether no job is to be taken beside so many that run: what is fetched all the same goes back untouched. */
  isResting(running: number): boolean;
  /**
   * Told why a job cannot have its engine here, before BullMQ gives the worker the next one.
   * @returns whether the jobs of this queue are left to other workers
   */
  leaves(why: string): boolean;
  storeWatch: Pick<StoreWatch, 'failed' | 'isThere'>;
  metrics: WorkerMetrics;
  logger: Logger;
}

/** What bull-board shows as the job's return value. */
export type QueuedResult = { testAccuracy: number; parametersSha256: string } | { loss: number; accuracy: number };

type QueuedBullJob = BullJob<QueuedJob, QueuedResult>;

export function createProcessor(deps: ProcessorDeps) {
  const { redis, store, queue, worker, runAttempt, metrics, logger } = deps;
  let taken = 0;

  return async function processJob(queued: QueuedBullJob, token = ''): Promise<QueuedResult> {
    if (deps.isResting(taken)) return handBack(queued, token);
    taken += 1;
    try {
      return (await mayBegin(queued)) ? await begin(queued, token) : await handBack(queued, token);
    } finally {
      taken -= 1;
    }
  };

  async function begin(queued: QueuedBullJob, token: string): Promise<QueuedResult> {
    const id = JobId.parse(queued.id);
    const running = deps.open(id);
    try {
      const begun = await beginAttempt(redis, { id, queue, token, worker });
      if (begun.outcome === 'missing') throw new UnrecoverableError(`there is no record of job ${id}`);
      if (begun.outcome === 'ended') return await endQueuedHalf(id, begun.state);

      const attempt = metrics.timed(begun.attempt, queue, begun.waitedMs);
      logger.info({ jobId: id, attempt: attempt.number }, 'attempt begins');
      try {
        const result = await metrics.whileRunning(queue, () => runAttempt({ attempt, queued, stop: running.stop }));
        await attempt.complete(result);
        const summary = summaryOf(result);
        logger.info({ jobId: id, attempt: attempt.number, ...summary }, 'job completed');
        return summary;
      } catch (error) {
        return await conclude(attempt, outcomeOf(error, running.stop.signal), queued, token);
      }
    } catch (error) {
      if (error instanceof Error && isRefusedByRedis(error)) {
        logger.error({ jobId: id, error: error.message }, 'the attempt is lost: Redis refuses to write');
      }
      if (!(error instanceof LockLost)) throw error;
      logger.warn({ jobId: id, why: error.message }, 'the lock is lost: whoever has the job now goes on with it');
      throw new WaitingError();
    } finally {
      running.close();
    }
  }

  /** A job that has failed may have met a store that is away: its budget is not to be spent on it by worker after worker. */
  async function mayBegin(queued: QueuedBullJob): Promise<boolean> {
    return queued.attemptsMade === 0 || deps.storeWatch.isThere();
  }

  /** Ends the attempt in the record, then tells BullMQ the same. @throws what BullMQ wants to hear */
  async function conclude(
    attempt: AttemptRecord,
    error: unknown,
    queued: QueuedBullJob,
    token: string,
  ): Promise<never> {
    if (error instanceof LockLost) throw error;
    const log = logger.child({ jobId: attempt.id, attempt: attempt.number });
    if (error instanceof Cancelled) {
      await attempt.cancelled();
      log.info('job cancelled');
      throw new UnrecoverableError(error.message);
    }
    const lacksEngine = isEngineUnavailable(error) && deps.leaves(error.message);
    if (lacksEngine || error instanceof Interrupted) {
      const { message } = error;
      switch (await (lacksEngine ? attempt.giveBackWithoutEngine(message) : attempt.giveBack(message))) {
        case 'waiting':
          log.info({ why: message }, 'job given back');
          return handBack(queued, token);
        case 'cancelled':
          log.info('job cancelled');
          throw new UnrecoverableError(new Cancelled().message);
        case 'failed':
          log.warn({ error: message }, 'job failed: too many attempts could not have its engine');
          throw new UnrecoverableError(message);
      }
    }
    // Before BullMQ hears of it, which fetches the next job with its answer.
    if (isStoreAway(error)) deps.storeWatch.failed(error);
    const permanent = error instanceof PermanentError;
    const message = messageOf(error);
    const state = await attempt.fail(codeOf(error), message, permanent);
    log.warn({ error: message, state }, permanent ? 'attempt failed for good' : 'attempt failed');
    throw state === 'delayed' ? new Error(message) : new UnrecoverableError(message);
  }

  /** The record says that the job has ended: BullMQ's half follows it. */
  async function endQueuedHalf(id: JobId, state: JobState): Promise<QueuedResult> {
    const job = await store.get(id);
    if (state === 'completed' && job?.record.result) return summaryOf(job.record.result);
    throw new UnrecoverableError(job?.record.error?.message ?? `the job is ${state}`);
  }
}

/** A worker that stops while the store cannot take its checkpoint was interrupted all the same: no failure. */
function outcomeOf(error: unknown, stop: AbortSignal): unknown {
  if (!isStoreAway(error) || !(stop.reason instanceof Interrupted)) return error;
  return new Interrupted(`${stop.reason.message}; it goes on from the last committed checkpoint: ${error.message}`);
}

/** Back to the head of the queue. If the lock is gone meanwhile, BullMQ's stalled check puts it there. */
async function handBack(queued: QueuedBullJob, token: string): Promise<never> {
  await queued.moveToWait(token).catch(() => {});
  throw new WaitingError();
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof PermanentError || error instanceof RetryableError ? error.code : 'internal';
}

function summaryOf(result: JobResult): QueuedResult {
  if (!('test' in result)) return { loss: result.loss, accuracy: result.accuracy };
  return { testAccuracy: result.test.accuracy, parametersSha256: result.parametersSha256 };
}
