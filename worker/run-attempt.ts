/** One attempt at a job: shows that it lives, heeds a cancellation, and runs what the job's kind asks for. */
import type { Job as BullJob } from 'bullmq';
import type { Redis } from 'ioredis';
import type { AttemptRecord, Written } from '../shared/attempt-record.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { Cancelled, LockLost, messageOf } from '../shared/errors.ts';
import type { JobRecord } from '../shared/job-record.ts';
import type { JobStore } from '../shared/job-store.ts';
import type { Logger } from '../shared/process.ts';
import { recordSpeed } from '../shared/speeds.ts';
import type { JobResult } from '../shared/views.ts';
import { evaluateJob } from './eval-attempt.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { trainJob } from './train-attempt.ts';
import type { TrainerPool } from './trainer/pool.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface AttemptDeps {
  redis: Redis;
  store: JobStore;
  checkpoints: CheckpointStore;
  /** Those for the queue that the job came from. */
  trainers: TrainerPool;
  /** The store has taken a file of the attempt. */
  onStored(): void;
  metrics: WorkerMetrics;
  logger: Logger;
}

export interface AttemptRun {
  attempt: AttemptRecord;
  /** BullMQ's job: shows progress and lines on bull-board. */
  queued: Pick<BullJob, 'updateProgress' | 'log'>;
  /** Stops the attempt; its reason is the outcome. Aborted here too: on cancellation and when time is up. */
  stop: AbortController;
}

export interface RunningAttempt extends AttemptRun {
  /** Stops the attempt if the answer to a write says that the user asked for it. */
  heed(written: Written): void;
  /** A line in the job's log, here and on bull-board. */
  say(level: 'info' | 'warn', line: string): Promise<void>;
}

export type RunAttempt = (run: AttemptRun) => Promise<JobResult>;

/** Milliseconds between two signs of life in the record, each of which reads the cancel flag. */
const BEAT_MS = 1000;

export function createRunAttempt(deps: AttemptDeps): RunAttempt {
  return async function runAttempt({ attempt, queued, stop }) {
    const job = await deps.store.get(attempt.id);
    if (job === null) throw new LockLost('the job was deleted');
    const { record } = job;

    const heed = ({ cancelRequested }: Written) => {
      if (cancelRequested) stop.abort(new Cancelled());
    };
    const say = async (level: 'info' | 'warn', line: string) => {
      if (level === 'warn') deps.logger.warn({ jobId: attempt.id, attempt: attempt.number }, line);
      await attempt.log(level, line);
      await queued.log(line);
    };
    const beat = beatEvery(BEAT_MS, async () => heed(await attempt.beat()), stop);
    try {
      const running = { attempt, queued, stop, heed, say };
      const result = await (record.kind === 'train'
        ? trainJob(record, { ...running, attempt: deps.metrics.progressing(attempt, record) }, deps)
        : evaluateJob(record, running, deps));
      await noteSpeed({ ...record, result } as JobRecord, deps);
      return result;
    } finally {
      clearInterval(beat);
    }
  };
}

/** For the expected times of other jobs: no reason to fail this one. */
async function noteSpeed(done: JobRecord, { redis, logger }: AttemptDeps): Promise<void> {
  try {
    await recordSpeed(redis, done);
  } catch (error) {
    logger.warn({ jobId: done.id, error: messageOf(error) }, 'the speed of a job could not be noted');
  }
}

/** A lost lock stops the run. */
function beatEvery(everyMs: number, beat: () => Promise<void>, stop: AbortController): NodeJS.Timeout {
  const beatOnce = oneAtATime(() =>
    beat().catch((error: unknown) => {
      if (error instanceof LockLost) stop.abort(error);
    }),
  );
  return setInterval(beatOnce, everyMs);
}
