/** What a training run starts from, says on its way and ends with: the types around train.ts. */
import type { Tensors } from '../../shared/checkpoints/tensors.ts';
import type { BestEpoch, Cursor, EpochRow, LatestStep } from '../../shared/jobs.ts';

/** Sums over the images of the unfinished epoch, so that it reports the same metrics after a resume. */
export interface RunningSums {
  lossSum: number;
  correct: number;
  images: number;
  /** Seconds spent in the training steps of this epoch. Not part of the result's bits. */
  seconds: number;
}

/** Everything that a checkpoint says beside its tensors. */
export interface RunState {
  cursor: Cursor;
  sums: RunningSums;
  /** Among the epochs that have a checkpoint; null before the first. */
  best: BestEpoch | null;
  /** Optimizer updates since the start of the job. */
  optimizerSteps: number;
  /** Seconds spent training and validating since the start of the job. Not part of the result's bits. */
  seconds: number;
  /** Images trained on and seconds in training steps since the start: for the mean speed. */
  trainedImages: number;
  trainedSeconds: number;
}

export interface Checkpoint {
  run: RunState;
  /** Parameters, then optimizer state under `optimizer.`. */
  state: Tensors;
  /** SHA-256 of the parameters alone (sha256OfTensors over those without the prefix `optimizer.`). */
  parametersSha256: string;
  /** Whether its epoch has the lowest validation loss so far among those with a checkpoint; false in mid-epoch. */
  isBest: boolean;
}

/** Where a run goes on: the last checkpoint, and the parameters of the best if that is another one. */
export interface ResumePoint {
  run: RunState;
  state: Tensors;
  bestParameters: Tensors | null;
}

/** What the loop says as it goes. The trainer passes it on; the worker adds attempt and time. */
export type RunEvent = { type: 'step'; step: LatestStep } | { type: 'epoch'; row: EpochRow };
