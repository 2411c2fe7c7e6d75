/** Who runs the steps of step.ts for an engine: op by op, or as a graph. All tensors are in tf's layout. */
import type { Tensor } from '../../../shared/checkpoints/tensors.ts';
import type { ImageSet, ImageSetName } from '../engine.ts';
import type { Plan } from './step.ts';

/** Images that one evaluation takes at most. */
export const EVALUATION_BATCH = 256;

/** One step after the other, each of a whole batch. */
export interface Batches {
  steps: number;
  /** (steps, batch): into image set `train`. */
  indices: Int32Array;
  /** (steps, batch) */
  labels: Int32Array;
  /** (steps, batch): as in step.ts. */
  weights: Float32Array;
  /** (steps, rates): as ratesAt says. */
  rates: Float32Array;
}

export interface StepReports {
  /** (steps, batch): of each image, before the update. */
  losses: Float32Array;
  /** (steps, batch) */
  predictions: Int32Array;
}

export interface EvaluationReports extends StepReports {
  confidences: Float32Array;
}

/** State as trainStep takes it; its arrays, given or returned, are the backend's to keep, and no one else's to change. */
export interface Executor {
  /** The images must not be changed later. */
  loadImages(name: ImageSetName, images: ImageSet): void;
  begin(plan: Plan, batchSize: number, state: readonly Tensor[]): void;
  train(batches: Batches): StepReports;
  /** @param indices at most EVALUATION_BATCH */
  evaluate(name: ImageSetName, indices: Int32Array, labels: Int32Array): EvaluationReports;
  readState(): Tensor[];
  writeState(state: readonly Tensor[]): void;
  close(): void;
}

/** A copy of what one step, or `count` of them, takes of an array for so many steps. */
export function partOf<T extends Int32Array | Float32Array>(values: T, step: number, steps: number, count = 1): T {
  const size = values.length / steps;
  return values.slice(step * size, (step + count) * size) as T;
}
