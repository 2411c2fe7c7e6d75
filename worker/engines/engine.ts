/**
 * The interface between the training loop and whatever computes. An engine knows images, parameters and
 * steps; it knows no jobs, epochs, files or Redis.
 *
 * Life: create → loadImages once per image set → begin (once per run) → trainSteps and evaluate at will.
 */
import type { Tensors } from '../../shared/checkpoints/tensors.ts';
import type { ImageSetName } from '../../shared/datasets.ts';
import type { EngineDemand } from '../../shared/engines.ts';
import type { EngineName } from '../../shared/jobs.ts';

export type { ImageSetName };

export interface ImageSet {
  count: number;
  /** count × 32 × 32 bytes, row-major, resized, not yet normalised (an engine computes (b / 255 − 0.5) / 0.5). */
  images: Uint8Array;
  /** count bytes, each the class of its image. */
  labels: Uint8Array;
}

export interface StepResults {
  /** Per step: sum of the cross-entropy of its images, before the update. */
  lossSums: Float64Array;
  /** Per step: images whose largest logit was that of their label. */
  correct: Uint32Array;
}

export interface EvaluationSums {
  /** Sum of the cross-entropy of all images. */
  lossSum: number;
  /** The predicted class of each image, in the order of the indices. */
  predictions: Uint8Array;
  /** The softmax probability of each predicted class: 0 … 1. */
  confidences: Float64Array;
}

export interface Engine {
  readonly name: EngineName;
  readonly device: 'cpu' | 'gpu';
  /** Calls of `trainSteps` are fastest with a multiple of so many steps. */
  readonly stepsAtOnce: number;
  /** Where a call's steps are optimised as a whole, runs come to the same bits only by calls of such multiples. */
  readonly isBoundToMultiples?: boolean;
  /**
   * Copies the images in; kept over all later runs until loaded anew under the same name.
   * @throws RangeError if there are not as many bytes and labels as images; here, or else in `begin`, if a label is no
   *   class of the model
   */
  loadImages(name: ImageSetName, images: ImageSet): void;
  /**
   * Starts a run: model, head, optimizer and batch size, and the state to start from (parameters first, then
   * optimizer state as in optimizer-state.ts, which a fresh run leaves out).
   * @throws RangeError if a tensor is missing, unknown (as one of another optimizer is) or of another shape
   */
  begin(demand: EngineDemand, state: Tensors): void;
  /**
   * One update per `batchSize` of the indices (into image set `train`), in order; only the last batch may be
   * shorter. However many steps a call makes, the results are the same bits, unless `isBoundToMultiples`.
   * @throws RangeError if an index is outside the image set
   */
  trainSteps(indices: Uint32Array): Promise<StepResults>;
  /** Forward only; leaves the state alone. Any number of images. */
  evaluate(name: ImageSetName, indices: Uint32Array): Promise<EvaluationSums>;
  /** A copy of the state, parameters first, then the optimizer's; what `begin` takes. */
  exportState(): Tensors;
  /** Replaces the state during a run; as in `begin`, parameters alone are a fresh start of the optimizer. */
  importState(state: Tensors): void;
  /** Frees what the engine holds. */
  close(): void;
}

export interface EngineOptions {
  /** Of `simd`: how many compute at once, at most; its bits do not depend on it. The others have theirs from elsewhere, or one. */
  threads: number;
  /** Whether TensorFlow is set to optimise many steps as a whole: environment.ts says when. */
  optimisesAcrossSteps?: boolean;
  /** Told what a user should know of how the engine computes. */
  say?(message: string): void;
}

export type CreateEngine = (options: EngineOptions) => Promise<Engine>;
