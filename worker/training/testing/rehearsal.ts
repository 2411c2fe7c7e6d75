/** A short run on real images and a real engine, with a clock and a record of all that happens, for tests. */
import { vi } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint, parametersOf } from '../../../shared/checkpoints/checkpoint.ts';
import type { Tensors } from '../../../shared/checkpoints/tensors.ts';
import { type EngineName, JobId, TrainSpec } from '../../../shared/jobs.ts';
import type { EpochRow, TrainResult } from '../../../shared/views.ts';
import { loadDataset } from '../../data/datasets.ts';
import type { Engine } from '../../engines/engine.ts';
import { ENGINE_FACTORIES } from '../../engines/engines.ts';
import { withEngine } from '../../engines/with-engine.ts';
import type { Checkpoint, ResumePoint, RunEvent } from '../run.ts';
import { type TrainingRun, train } from '../train.ts';

/** 3 epochs of 4 steps, the last batch of each 12 images; validation and test take two calls each. */
export const SPEC: TrainSpec = TrainSpec.parse({
  engine: 'simd',
  resize: 'pad',
  trainSize: 60,
  validationSize: 300,
  epochs: 3,
  optimizer: { type: 'sgd', learningRate: 0.05 },
  seed: 7,
});

export type Stage = Pick<TrainingRun, 'engine' | 'data'>;

export async function loadStage(name: EngineName = 'simd'): Promise<Stage> {
  const engine = await ENGINE_FACTORIES[name]({ threads: 1 });
  const { train: trainSet, test } = await loadDataset('mnist', 'pad', { dataDir: 'none' });
  engine.loadImages('train', trainSet);
  engine.loadImages('test', test);
  return { engine, data: { train: trainSet, test: { count: 300, labels: test.labels } } };
}

/** Time that passes only when a test says so. With 25 ms a step every call makes one step. */
export function stopClock(): { advance(milliseconds: number): void } {
  let now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  return {
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

/** The engine with these validation losses of all epochs, for a run that begins at `firstEpoch`. */
export function validating(engine: Engine, losses: readonly number[], firstEpoch = 1): Engine {
  let calls = 0;
  return withEngine(engine, {
    evaluate: async (set, indices) => {
      const sums = await engine.evaluate(set, indices);
      if (set === 'test') return sums;
      // two calls an epoch
      const loss = losses[firstEpoch - 1 + Math.floor(calls++ / 2)] ?? 0;
      return { ...sums, lossSum: loss * indices.length };
    },
  });
}

export interface Recording {
  engine: EngineName;
  /** In order: `step 1/2`, `epoch 1`, `checkpoint 1/0`, `committed 1/0`. */
  log: string[];
  rows: EpochRow[];
  checkpoints: Checkpoint[];
  result: TrainResult | null;
  error: unknown;
}

/** Runs to the end or to an error, and records all of it. */
export async function rehearse(run: Omit<TrainingRun, 'emit' | 'saveCheckpoint' | 'signal'> & Partial<TrainingRun>) {
  const { name: engine } = run.engine;
  const recording: Recording = { engine, log: [], rows: [], checkpoints: [], result: null, error: null };
  const { log } = recording;
  const emit = (event: RunEvent) => {
    log.push(event.type === 'step' ? `step ${event.step.epoch}/${event.step.step}` : `epoch ${event.row.epoch}`);
    if (event.type === 'epoch') recording.rows.push(event.row);
  };
  const saveCheckpoint = async (checkpoint: Checkpoint) => {
    const { epoch, step } = checkpoint.run.cursor;
    log.push(`checkpoint ${epoch}/${step}`);
    recording.checkpoints.push(checkpoint);
    log.push(`committed ${epoch}/${step}`);
  };
  try {
    recording.result = await train({ emit, saveCheckpoint, signal: new AbortController().signal, ...run });
  } catch (error) {
    recording.error = error;
  }
  return recording;
}

const JOB = JobId.parse('j0mgbtz4k1a1b2c3d4e5');

/** Where the next attempt goes on after these: the last checkpoint, read back from its file, and the best one. */
export function resumeAfter(...recordings: Recording[]): ResumePoint | null {
  const checkpoints = recordings.flatMap(({ engine, checkpoints }) =>
    checkpoints.map((checkpoint) => ({ ...checkpoint, engine })),
  );
  const last = checkpoints.at(-1);
  if (!last) return null;
  const best = checkpoints.findLast(({ isBest }) => isBest);
  const { description, tensors } = throughFile(last);
  return {
    run: description.run,
    state: tensors,
    bestParameters: best && best !== last ? parametersOf(throughFile(best).tensors) : null,
  };
}

function throughFile({ engine, ...checkpoint }: Checkpoint & { engine: EngineName }): {
  description: { run: ResumePoint['run'] };
  tensors: Tensors;
} {
  return decodeCheckpoint(
    encodeCheckpoint(checkpoint, { jobId: JOB, attempt: 1, spec: SPEC, engine, device: 'cpu' }).bytes,
  );
}

/** All of it that spec and seed settle: without times. */
export function settled(...recordings: Recording[]) {
  const result = recordings.at(-1)?.result;
  return {
    rows: recordings.flatMap(({ rows }) => rows.map((row) => ({ ...row, seconds: 0, imagesPerSecond: 0 }))),
    hashes: recordings.flatMap(({ checkpoints }) =>
      checkpoints
        .filter(({ run }) => run.cursor.step === 0)
        .map(({ run, parametersSha256, isBest }) => ({ epoch: run.cursor.epoch, parametersSha256, isBest })),
    ),
    result: result && { ...result, seconds: 0, imagesPerSecond: 0 },
  };
}
