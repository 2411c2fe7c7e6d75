/** What a checkpoint says beside its tensors: with them it is all that a run needs to go on. */
import { z } from 'zod';
import { BestEpoch, Cursor } from '../views.ts';

/** Sums over the images of the unfinished epoch, so that it reports the same metrics after a resume. */
export const RunningSums = z.strictObject({
  lossSum: z.number(),
  correct: z.int(),
  images: z.int(),
  /** Seconds spent in the training steps of this epoch. Not part of the result's bits. */
  seconds: z.number(),
});
export type RunningSums = z.infer<typeof RunningSums>;

/** For early stopping: the validation loss that an epoch must go below, and the epochs that have not, since it was set. */
export const Plateau = z.strictObject({ validationLoss: z.number().nullable(), epochs: z.int().min(0) });
export type Plateau = z.infer<typeof Plateau>;

export const RunState = z.strictObject({
  cursor: Cursor,
  sums: RunningSums,
  /** Among the epochs that have a checkpoint; null before the first. */
  best: BestEpoch.nullable(),
  plateau: Plateau.default({ validationLoss: null, epochs: 0 }),
  /** Optimizer updates since the start of the job. */
  optimizerSteps: z.int().min(0),
  /** Seconds spent training and validating since the start of the job. Not part of the result's bits. */
  seconds: z.number(),
  /** Images trained on and seconds in training steps since the start: for the mean speed. */
  trainedImages: z.int().min(0),
  trainedSeconds: z.number(),
});
export type RunState = z.infer<typeof RunState>;
