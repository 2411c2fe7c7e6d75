/** One attempt at a job: finds where to go on, runs it in a trainer, and records what the trainer says. */
import type { Job as BullJob } from 'bullmq';
import type { AttemptRecord, Written } from '../shared/attempt-record.ts';
import { encodeCheckpoint } from '../shared/checkpoints/checkpoint.ts';
import type { CheckpointName, Manifest } from '../shared/checkpoints/manifest.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { Cancelled, LockLost, messageOf, PermanentError } from '../shared/errors.ts';
import { byProgress, type CommittedCheckpoint } from '../shared/job-record.ts';
import type { JobStore } from '../shared/job-store.ts';
import { stepsPerEpoch, type TrainSpec, trainImageCount } from '../shared/jobs.ts';
import type { Logger } from '../shared/process.ts';
import type { EpochRow, LatestStep, TrainResult } from '../shared/views.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { epochLine, progressOf } from './progress.ts';
import { bestCheckpoint, findResumePoint } from './resume.ts';
import type { TrainerPool } from './trainer/pool.ts';
import type { Checkpoint, RunEvent } from './training/run.ts';

export interface AttemptDeps {
  store: JobStore;
  checkpoints: CheckpointStore;
  trainers: TrainerPool;
  logger: Logger;
}

export interface AttemptRun {
  attempt: AttemptRecord;
  /** BullMQ's job: shows progress and lines on bull-board. */
  queued: Pick<BullJob, 'updateProgress' | 'log'>;
  /** Stops the attempt; its reason is the outcome. Aborted here too: on cancellation and when time is up. */
  stop: AbortController;
}

export type RunAttempt = ReturnType<typeof createRunAttempt>;

/** Milliseconds between two signs of life in the record, each of which reads the cancel flag. */
const BEAT_MS = 1000;

export function createRunAttempt({ store, checkpoints, trainers, logger }: AttemptDeps) {
  return async function runAttempt({ attempt, queued, stop }: AttemptRun): Promise<TrainResult> {
    const job = await store.get(attempt.id);
    if (job === null) throw new LockLost('the job was deleted');
    const { spec, activeMs } = job.record;
    let committed = await store.checkpoints(attempt.id);
    let lastRow: EpochRow | null = null;
    let validationSeconds = 0;

    const heed = ({ cancelRequested }: Written) => {
      if (cancelRequested) stop.abort(new Cancelled());
    };
    const limit = timeLimit(spec, activeMs, stop);
    const beat = beatEvery(BEAT_MS, async () => heed(await attempt.beat()), stop);
    try {
      const resume = await findResumePoint(checkpoints, attempt.id, committed);
      for (const { name, why } of resume.damaged) {
        logger.error({ jobId: attempt.id, checkpoint: name, why }, 'damaged checkpoint');
        await say('warn', `${why}; ${resume.name ? `going on from ${resume.name}` : 'starting from the beginning'}`);
      }
      await attempt.forgetCheckpoints(resume.damaged.map(({ name }) => name));
      committed = committed.filter(({ name }) => !resume.damaged.some((one) => one.name === name));
      if (resume.name) await say('info', `attempt ${attempt.number} goes on from checkpoint ${resume.name}`);

      const trainer = await trainers.acquire(stop.signal);
      try {
        return await trainer.run({ spec, from: resume.from, signal: stop.signal, onEvent, onCheckpoint });
      } catch (error) {
        throw isLossNotFinite(error) ? naming(committed[0]?.name, error) : error;
      } finally {
        trainers.release(trainer);
      }
    } finally {
      clearTimeout(limit);
      clearInterval(beat);
    }

    async function say(level: 'info' | 'warn', line: string): Promise<void> {
      await attempt.log(level, line);
      await queued.log(line);
    }

    async function onEvent(event: RunEvent): Promise<void> {
      switch (event.type) {
        case 'step':
          return onStep(event.step);
        case 'epoch':
          return onEpoch(event.row);
        default: {
          const never: never = event;
          throw new Error(`unknown event ${JSON.stringify(never)}`);
        }
      }
    }

    async function onStep(step: LatestStep): Promise<void> {
      const progress = progressOf(spec, step, validationSeconds);
      heed(await attempt.step(step, progress));
      await queued.updateProgress({ progress: Math.round(progress.percentage), ...step });
    }

    async function onEpoch(row: EpochRow): Promise<void> {
      lastRow = row;
      const { epoch, trainLoss, trainAccuracy, imagesPerSecond } = row;
      const lastStep = { epoch, step: stepsPerEpoch(spec), trainLoss, trainAccuracy, imagesPerSecond };
      validationSeconds = row.seconds - trainImageCount(spec) / imagesPerSecond;
      const progress = progressOf(spec, lastStep, validationSeconds);
      heed(await attempt.epoch(row, lastStep, progress));
      await queued.updateProgress({ progress: Math.round(progress.percentage), ...lastStep });
      await queued.log(epochLine(spec, row));
    }

    /** Files first, then the pointer: what is not committed is never read. */
    async function onCheckpoint(checkpoint: Checkpoint): Promise<void> {
      const origin = { jobId: attempt.id, attempt: attempt.number, spec, engine: spec.engine, device: 'cpu' } as const;
      const { bytes, manifest } = encodeCheckpoint(checkpoint, origin);
      const { name, parametersSha256, createdAt, run } = manifest;
      await putAnew(name, bytes, manifest);

      const entry: CommittedCheckpoint = {
        name,
        cursor: run.cursor,
        attempt: attempt.number,
        parametersSha256,
        bytes: bytes.length,
        validationLoss: run.cursor.step === 0 && lastRow?.epoch === run.cursor.epoch ? lastRow.validationLoss : null,
        createdAt,
      };
      committed = [entry, ...committed].sort(byProgress);
      const best = bestCheckpoint(committed, run.best?.epoch ?? null)?.name ?? null;
      heed(await attempt.commit(entry, best));
      await prune(best);
    }

    /**
     * Names are immutable, and this one is new to the record. If the store has it with other bytes, Redis was put back
     * to an earlier state, and attempts are numbered anew: that file was never committed in this life of the record.
     */
    async function putAnew(name: CheckpointName, bytes: Uint8Array, manifest: Manifest): Promise<void> {
      try {
        await checkpoints.put(attempt.id, name, bytes, manifest);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        logger.warn({ jobId: attempt.id, checkpoint: name, why: messageOf(error) }, 'an uncommitted file is replaced');
        await checkpoints.remove(attempt.id, name);
        await checkpoints.put(attempt.id, name, bytes, manifest);
      }
    }

    /** Keeps the best and the last ones that the spec asks for. Forgotten first, deleted then. */
    async function prune(best: string | null): Promise<void> {
      const surplus = committed.slice(spec.checkpoint.keepLast).filter(({ name }) => name !== best);
      if (surplus.length === 0) return;
      await attempt.forgetCheckpoints(surplus.map(({ name }) => name));
      committed = committed.filter((entry) => !surplus.includes(entry));
      for (const { name } of surplus) {
        await checkpoints.remove(attempt.id, name).catch((error: unknown) => {
          logger.warn(
            { jobId: attempt.id, checkpoint: name, error: messageOf(error) },
            'could not delete a checkpoint',
          );
        });
      }
    }
  };
}

function isLossNotFinite(error: unknown): error is PermanentError {
  return error instanceof PermanentError && error.code === 'loss-not-finite';
}

/** The trainer says where the last good checkpoint was taken; its name is known here alone. */
function naming(checkpoint: string | undefined, { code, message }: PermanentError): PermanentError {
  return new PermanentError(code, checkpoint === undefined ? message : `${message} (checkpoint ${checkpoint})`);
}

/** Ends the run when the job's seconds are spent; time of earlier attempts counts. */
function timeLimit({ maxSeconds }: TrainSpec, activeMs: number, stop: AbortController): NodeJS.Timeout | undefined {
  if (maxSeconds === null) return undefined;
  const left = Math.max(0, maxSeconds * 1000 - activeMs);
  const message = `the job ran for its maxSeconds (${maxSeconds}); retry it to go on from its last checkpoint`;
  return setTimeout(() => stop.abort(new PermanentError('max-seconds-passed', message)), left);
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
