/**
 * The training loop: epochs of steps, each followed by validation and (as the spec asks) a checkpoint; at the
 * end the best checkpoint is evaluated on the test split. It knows no Redis, no BullMQ and no process.
 *
 * What it computes depends on spec and seed alone: not on the time it takes, nor on where it was interrupted.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Checkpoint, parametersOf } from '../../shared/checkpoints/checkpoint.ts';
import type { RunState } from '../../shared/checkpoints/run-state.ts';
import { sha256OfTensors, type Tensors } from '../../shared/checkpoints/tensors.ts';
import { DATASETS } from '../../shared/datasets.ts';
import { Interrupted, PermanentError } from '../../shared/errors.ts';
import { isCheckpointEpoch, stepsPerEpoch, type TrainSpec } from '../../shared/jobs.ts';
import type { TrainResult } from '../../shared/views.ts';
import { epochOrder, splitIndices } from '../data/split.ts';
import type { Engine, ImageSet, ImageSetName } from '../engines/engine.ts';
import { initialState } from '../models/initial-state.ts';
import { type CheckpointSaver, createCheckpointSaver } from './checkpoint-saver.ts';
import { evaluate } from './evaluate.ts';
import { createPace, type Pace } from './pace.ts';
import { addSteps, betterOf, currentEpoch, endEpoch, isAtBest, isOver, latestStep, newRun, rate } from './progress.ts';
import type { ResumePoint, RunEvent } from './run.ts';

export interface TrainingRun {
  /** Holds the images of `data` already. */
  engine: Engine;
  data: Record<ImageSetName, Pick<ImageSet, 'count' | 'labels'>>;
  spec: TrainSpec;
  /** null: from the beginning. */
  from: ResumePoint | null;
  /** What the beginning is, for a spec that starts `from` a checkpoint; else the seed's. */
  initialParameters?: Tensors | null;
  emit(event: RunEvent): void;
  /** Resolves once the checkpoint is committed; the next one is not handed over before. */
  saveCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /**
   * Its reason is thrown after the call of the engine that is under way: 20 to 50 ms of computing, or the one step, or the
   * multiple that the engine is bound to, that takes longer (pace.ts). If that is an Interrupted, a checkpoint of the very
   * step is committed first (unless one of it is already).
   */
  signal: AbortSignal;
}

/** What the parts of the loop share. */
interface Loop extends TrainingRun {
  run: RunState;
  pace: Pace;
  saver: CheckpointSaver;
  lastReportAt: number;
}

const MILLISECONDS_BETWEEN_REPORTS = 1000;

/** @throws PermanentError 'loss-not-finite', the reason of `signal`, or whatever `saveCheckpoint` failed with */
export async function train(training: TrainingRun): Promise<TrainResult> {
  const { engine, data, spec, from, initialParameters, emit, signal } = training;
  const split = splitIndices(spec);
  const run = from ? structuredClone(from.run) : newRun();
  const saver = createCheckpointSaver(training.saveCheckpoint, from?.run.cursor ?? null);
  const loop: Loop = {
    ...training,
    run,
    saver,
    pace: createPace(engine.stepsAtOnce, engine.isBoundToMultiples),
    lastReportAt: Number.NEGATIVE_INFINITY,
  };
  let bestParameters = from ? bestParametersIn(from) : null;

  async function saveCheckpoint(): Promise<void> {
    if (saver.isHandedOver(run.cursor)) return;
    const checkpoint = takeCheckpoint(engine, run);
    if (checkpoint.isBest) bestParameters = parametersOf(checkpoint.state);
    await saver.handOver(checkpoint);
  }

  engine.begin(spec, from?.state ?? initialParameters ?? initialState(spec.model, spec.seed));
  try {
    while (!isOver(run, spec)) {
      await trainRestOfEpoch(loop, epochOrder(split.train, spec.seed, currentEpoch(run)));
      const row = await validate(loop, split.validation);
      emit({ type: 'epoch', row });
      if (isCheckpointEpoch(spec, row.epoch) || isOver(run, spec)) {
        run.best = betterOf(run.best, row);
        await saveCheckpoint();
      }
    }
    const parametersSha256 = sha256OfTensors(parametersOf(engine.exportState()));
    await saver.settled();

    if (!run.best || !bestParameters) throw new RangeError('a run that has ended has a best epoch');
    engine.importState(bestParameters);
    const test = await evaluate({
      engine,
      set: 'test',
      labels: data.test.labels,
      indices: Uint32Array.from({ length: data.test.count }, (_, i) => i),
      classes: DATASETS[spec.dataset].classes,
      signal,
    });
    return {
      engine: engine.name,
      epochs: run.cursor.epoch,
      stoppedEarly: run.cursor.epoch < spec.epochs,
      best: run.best,
      test,
      parametersSha256,
      seconds: run.seconds,
      imagesPerSecond: rate(run.trainedImages, run.trainedSeconds),
    };
  } catch (error) {
    if (error instanceof Interrupted && error === signal.reason) {
      await saveCheckpoint();
      await saver.settled();
    }
    throw error;
  }
}

/** From the cursor to the epoch's last step. Aborted, it stops between two calls of the engine, where `run` is true. */
async function trainRestOfEpoch(loop: Loop, order: Uint32Array): Promise<void> {
  const { engine, spec, run, pace, signal } = loop;
  while (run.cursor.step < stepsPerEpoch(spec)) {
    signal.throwIfAborted();
    const { step } = run.cursor;
    const batches = order.subarray(step * spec.batchSize, (step + pace.steps) * spec.batchSize);
    const startedAt = performance.now();
    const results = await engine.trainSteps(batches);
    const seconds = secondsSince(startedAt);

    const bad = results.lossSums.findIndex((lossSum) => !Number.isFinite(lossSum));
    if (bad >= 0) throw await lossNotFinite(loop, `the loss of epoch ${currentEpoch(run)}, step ${step + bad + 1}`);
    addSteps(run, results, batches.length, seconds);
    pace.measured(results.lossSums.length, seconds);
    reportStep(loop);
    await nextTurn();
  }
}

/** Closes the epoch with its row. Aborted, it leaves `run` at the epoch's last step, to be validated after a resume. */
async function validate(loop: Loop, indices: Uint32Array) {
  const { engine, data, spec, run, signal } = loop;
  const startedAt = performance.now();
  const validation = await evaluate({
    engine,
    set: 'train',
    labels: data.train.labels,
    indices,
    classes: DATASETS[spec.dataset].classes,
    signal,
  });
  if (!Number.isFinite(validation.loss)) {
    throw await lossNotFinite(
      loop,
      `the validation loss of epoch ${currentEpoch(run)}, after step ${run.cursor.step},`,
    );
  }
  return endEpoch(run, spec, validation, secondsSince(startedAt));
}

function takeCheckpoint(engine: Engine, run: RunState): Checkpoint {
  const state = engine.exportState();
  return {
    run: structuredClone(run),
    state,
    parametersSha256: sha256OfTensors(parametersOf(state)),
    isBest: isAtBest(run),
  };
}

/** @throws RangeError if the run has a best epoch whose parameters nobody gave */
function bestParametersIn({ run, state, bestParameters }: ResumePoint): Tensors | null {
  if (bestParameters || !run.best) return bestParameters;
  if (isAtBest(run)) return parametersOf(state);
  throw new RangeError(`the parameters of epoch ${run.best.epoch}, the best so far, are missing`);
}

function reportStep(loop: Loop): void {
  const now = performance.now();
  if (now - loop.lastReportAt < MILLISECONDS_BETWEEN_REPORTS) return;
  loop.lastReportAt = now;
  loop.emit({ type: 'step', step: latestStep(loop.run) });
}

async function lossNotFinite({ saver }: Loop, what: string): Promise<PermanentError> {
  // whether or not the outstanding one can be saved, this run is over
  await saver.settled().catch(() => {});
  const { committed } = saver;
  const lastGood = committed
    ? `the last good checkpoint was taken after ${committed.epoch} epochs and ${committed.step} steps`
    : 'there is no checkpoint before it';
  return new PermanentError('loss-not-finite', `${what} is not finite; ${lastGood}; try a smaller learning rate`);
}

function secondsSince(milliseconds: number): number {
  return (performance.now() - milliseconds) / 1000;
}
