/** An attempt at a train job: goes on from its last whole checkpoint, and commits what the trainer reports. */
import { encodeCheckpoint } from '../shared/checkpoints/checkpoint.ts';
import type { Manifest } from '../shared/checkpoints/manifest.ts';
import type { CheckpointName } from '../shared/checkpoints/name.ts';
import type { Device } from '../shared/device.ts';
import { Cancelled, Interrupted, LockLost, messageOf, PermanentError } from '../shared/errors.ts';
import { byProgress, type CommittedCheckpoint, type TrainRecord } from '../shared/job-record.ts';
import { stepsPerEpoch, type TrainSpec, trainImageCount } from '../shared/jobs.ts';
import type { EpochRow, LatestStep, TrainResult } from '../shared/views.ts';
import { createCommitter, isStoreAway } from './committer.ts';
import { epochLine, progressOf } from './progress.ts';
import { loadReferenced } from './referenced-checkpoint.ts';
import { bestCheckpoint, findResumePoint } from './resume.ts';
import type { AttemptDeps, RunningAttempt } from './run-attempt.ts';
import type { Checkpoint, RunEvent } from './training/run.ts';

/** A checkpoint as it goes to the store, and what the record is to say of it. */
interface TakenCheckpoint {
  name: CheckpointName;
  bytes: Uint8Array;
  manifest: Manifest;
  /** null in mid-epoch. */
  validationLoss: number | null;
}

export async function trainJob(record: TrainRecord, running: RunningAttempt, deps: AttemptDeps): Promise<TrainResult> {
  const { attempt, queued, stop, heed, say } = running;
  const { store, checkpoints, trainers, logger } = deps;
  const { spec, activeMs } = record;
  let committed = await store.checkpoints(attempt.id);
  let lastRow: EpochRow | null = null;
  let validationSeconds = 0;

  const limit = timeLimit(spec, activeMs, stop);
  const committer = createCommitter({ commit, stop, say });
  try {
    const result = await trainers.use(stop.signal, async (trainer) => {
      const from = await resumePoint();
      // settled by the first attempt; later ones that go on from a checkpoint need no more than that
      const referenced = spec.from && !from ? await loadReferenced(spec.from, record, attempt, deps) : null;
      const work = { kind: 'train', spec, from, initialParameters: referenced?.parameters ?? null } as const;
      const onCheckpoint = (checkpoint: Checkpoint) => take(checkpoint, trainer.device);
      return trainer.run({ work, signal: stop.signal, onEvent, onNotice, onCheckpoint });
    });
    await committer.finish();
    return result;
  } catch (error) {
    // The next attempt goes on from what is committed now; nobody asks for that after a cancellation.
    const isLastTry = !(error instanceof LockLost || error instanceof Cancelled || isStoreAway(error));
    const fault = isLastTry ? await committer.lastTry() : null;
    if (fault && error instanceof Interrupted) throw fault;
    throw isLossNotFinite(error) ? naming(fault ? undefined : committed[0]?.name, error) : error;
  } finally {
    clearTimeout(limit);
    committer.close();
  }

  /** Where to go on; null: from the beginning. Damaged checkpoints on the way are reported and forgotten. */
  async function resumePoint() {
    const resume = await findResumePoint(checkpoints, attempt.id, committed);
    for (const { name, why } of resume.damaged) {
      logger.error({ jobId: attempt.id, checkpoint: name, why }, 'damaged checkpoint');
      await say('warn', `${why}; ${resume.name ? `going on from ${resume.name}` : 'starting from the beginning'}`);
    }
    await attempt.forgetCheckpoints(resume.damaged.map(({ name }) => name));
    committed = committed.filter(({ name }) => !resume.damaged.some((one) => one.name === name));
    if (resume.name) await say('info', `attempt ${attempt.number} goes on from checkpoint ${resume.name}`);
    return resume.from;
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

  async function onNotice(message: string): Promise<void> {
    await say('warn', message);
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

  /** @param device of the trainer, which has told it before it computes */
  async function take(checkpoint: Checkpoint, device: Device | null): Promise<void> {
    if (device === null) throw new Error('the trainer has not told what it computes on');
    const { bytes, manifest } = encodeCheckpoint(checkpoint, {
      ...{ jobId: attempt.id, attempt: attempt.number, spec, engine: spec.engine },
      ...{ device: device.type, hardware: device.hardware },
    });
    const { cursor } = manifest.run;
    const validationLoss = cursor.step === 0 && lastRow?.epoch === cursor.epoch ? lastRow.validationLoss : null;
    await committer.add({ name: manifest.name, bytes, manifest, validationLoss });
  }

  /** Files first, then the pointer: what is not committed is never read. */
  async function commit({ name, bytes, manifest, validationLoss }: TakenCheckpoint): Promise<void> {
    await putAnew(name, bytes, manifest);
    deps.onStored();
    const { parametersSha256, createdAt, run } = manifest;
    const entry: CommittedCheckpoint = {
      name,
      cursor: run.cursor,
      attempt: attempt.number,
      parametersSha256,
      bytes: bytes.length,
      validationLoss,
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

  /** Keeps the best, the last ones that the spec asks for, and what other jobs refer to. Forgotten first, deleted then. */
  async function prune(best: string | null): Promise<void> {
    const surplus = committed.slice(spec.checkpoint.keepLast).filter(({ name }) => name !== best);
    const forgotten = await attempt.pruneCheckpoints(surplus.map(({ name }) => name));
    committed = committed.filter(({ name }) => !forgotten.includes(name));
    for (const name of forgotten) {
      await checkpoints.remove(attempt.id, name).catch((error: unknown) => {
        logger.warn({ jobId: attempt.id, checkpoint: name, error: messageOf(error) }, 'could not delete a checkpoint');
      });
    }
  }
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
