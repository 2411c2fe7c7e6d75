/** What becomes of a job, and how it is shown: cursor, rows, results, attempts, and the view of it all that REST gives. */
import { z } from 'zod';
import { CheckpointName } from './checkpoints/name.ts';
import { DATASET_NAMES } from './datasets.ts';
import { ERROR_CODES } from './errors.ts';
import { ENGINE_NAMES, EvalSpec, JOB_STATES, JobId, type JobState, SPLITS, TrainSpec } from './jobs.ts';

export const Cursor = z.strictObject({ epoch: z.int().min(0), step: z.int().min(0) });
/** `epoch` epochs are done, and `step` steps of the next one. */
export type Cursor = z.infer<typeof Cursor>;

export const EpochRow = z.strictObject({
  epoch: z.int(),
  trainLoss: z.number().describe('Mean cross-entropy per image.'),
  trainAccuracy: z.number().describe('0 … 1.'),
  validationLoss: z.number(),
  validationAccuracy: z.number(),
  imagesPerSecond: z.number().describe('Of training alone, without validation.'),
  seconds: z.number(),
});
export type EpochRow = z.infer<typeof EpochRow>;

export const BestEpoch = z.strictObject({
  epoch: z.int(),
  validationLoss: z.number(),
  validationAccuracy: z.number(),
});
export type BestEpoch = z.infer<typeof BestEpoch>;

export const Evaluation = z.strictObject({
  loss: z.number(),
  accuracy: z.number(),
  perClass: z
    .array(z.number().nullable())
    .describe('Accuracy of each class, in the order of the labels; null where the split has no image of it.'),
  confusion: z.array(z.array(z.int())).describe('confusion[label][prediction]: images.'),
});
export type Evaluation = z.infer<typeof Evaluation>;

export const TrainResult = z.strictObject({
  engine: z.enum(ENGINE_NAMES),
  epochs: z.int().describe('Epochs run.'),
  stoppedEarly: z.boolean().default(false).describe('By `earlyStopping`, before all epochs of the spec were done.'),
  best: BestEpoch,
  test: Evaluation.describe('The best checkpoint on the test split.'),
  parametersSha256: z.string().describe('Of the parameters after the last step.'),
  seconds: z.number().describe('Spent training and validating, over all attempts whose work counts.'),
  imagesPerSecond: z.number(),
});
export type TrainResult = z.infer<typeof TrainResult>;

/** What an eval job comes to; the misclassified images themselves are in the FullEvaluation. */
export const EvalResult = Evaluation.extend({
  engine: z.enum(ENGINE_NAMES),
  dataset: z.enum(DATASET_NAMES),
  split: z.enum(SPLITS),
  images: z.int(),
  misclassified: z.int().describe('How many of them.'),
  seconds: z.number(),
  imagesPerSecond: z.number(),
});
export type EvalResult = z.infer<typeof EvalResult>;

export type JobResult = TrainResult | EvalResult;

/** The very checkpoint that a reference was resolved to. */
export const ResolvedCheckpoint = z.strictObject({
  jobId: JobId,
  name: CheckpointName,
  cursor: Cursor,
  parametersSha256: z.string(),
});
export type ResolvedCheckpoint = z.infer<typeof ResolvedCheckpoint>;

export const MisclassifiedImage = z.strictObject({
  index: z.int().describe('Into the test images for the split `test`, else into the training images of the dataset.'),
  label: z.int(),
  predicted: z.int(),
  confidence: z.number().describe('Softmax probability of the predicted class: 0 … 1.'),
});
export type MisclassifiedImage = z.infer<typeof MisclassifiedImage>;

/** The whole result of an eval job; a file in the checkpoint store. */
export const FullEvaluation = Evaluation.extend({
  jobId: JobId,
  checkpoint: ResolvedCheckpoint,
  dataset: z.enum(DATASET_NAMES),
  split: z.enum(SPLITS),
  images: z.int(),
  misclassified: z.array(MisclassifiedImage).describe('By index.'),
});
export type FullEvaluation = z.infer<typeof FullEvaluation>;

/** The latest step seen: loss and accuracy are those of the epoch so far. */
export const LatestStep = z.strictObject({
  epoch: z.int(),
  step: z.int(),
  trainLoss: z.number(),
  trainAccuracy: z.number(),
  imagesPerSecond: z.number(),
});
export type LatestStep = z.infer<typeof LatestStep>;

export const JobProgress = z.strictObject({
  percentage: z.number().describe('0 … 100, of all steps of all epochs.'),
  epoch: z.int(),
  step: z.int(),
  imagesPerSecond: z.number(),
  estimatedRemainingSeconds: z.number().nullable(),
});
export type JobProgress = z.infer<typeof JobProgress>;

export const ATTEMPT_OUTCOMES = ['completed', 'failed', 'cancelled', 'given-back', 'worker-lost'] as const;
export const Attempt = z.strictObject({
  attempt: z.int(),
  worker: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  outcome: z.enum(ATTEMPT_OUTCOMES).nullable().describe('null while it runs.'),
  reason: z.string().nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

export const JobFailure = z.strictObject({ code: z.enum(ERROR_CODES), message: z.string() });
export type JobFailure = z.infer<typeof JobFailure>;

const jobViewShape = {
  id: JobId,
  name: z.string().nullable(),
  tags: z.array(z.string()),
  priority: z.int(),
  state: z.enum(JOB_STATES),
  reason: z
    .enum(['queue-paused', 'no-worker'])
    .nullable()
    .describe(
      'Why a job waits, where there is more to say than that others come first: its queue was paused on bull-board, or no worker serves it.',
    ),
  position: z.int().nullable().describe('1 is next; null unless the job waits.'),
  queue: z.string(),
  resolvedCheckpoint: ResolvedCheckpoint.nullable().describe(
    "What the spec's reference was resolved to when the job started; null before, and for a spec without one.",
  ),
  attempt: z.int().describe('The number of the latest attempt; 0 before the first.'),
  attempts: z.array(Attempt),
  failures: z.int(),
  progress: JobProgress.nullable(),
  latest: LatestStep.nullable(),
  latestEpoch: EpochRow.nullable().describe('Row of the last whole epoch.'),
  error: JobFailure.nullable(),
  worker: z.string().nullable(),
  cancelRequested: z.boolean(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  delayedUntil: z.iso.datetime().nullable().describe('When a delayed job is due.'),
  links: z.record(z.string(), z.string()),
};

/** How many jobs are in each state. */
export const StateCounts = z.strictObject({
  waiting: z.int(),
  delayed: z.int(),
  active: z.int(),
  completed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
} satisfies Record<JobState, z.ZodType>);
export type StateCounts = z.infer<typeof StateCounts>;

/** A job as REST shows it. */
export const JobView = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('train'), spec: TrainSpec, result: TrainResult.nullable(), ...jobViewShape }),
  z.strictObject({ kind: z.literal('eval'), spec: EvalSpec, result: EvalResult.nullable(), ...jobViewShape }),
]);
export type JobView = z.infer<typeof JobView>;
export type TrainJobView = Extract<JobView, { kind: 'train' }>;
export type EvalJobView = Extract<JobView, { kind: 'eval' }>;
