/**
 * The vocabulary of Trainyard, and what a job is: its spec, its states, how it is shown.
 * One zod schema each; validation, storage, REST answers and types all come from it.
 *
 * job         one unit of work in the queue, kind `train` or `eval`
 * spec        the immutable, validated description of a job; with its seed it determines the result
 * attempt     one start of a job on a worker; our own number, ever rising
 * failure     an attempt that ended in an error; a job may have 2 and fails with the third.
 *             A give-back or a dead worker spends none, but the tenth dead worker fails the job
 * epoch       one pass over the training split
 * step        one SGD update on one batch
 * checkpoint  parameters + optimizer state + cursor + metrics so far
 * reference   a spec's naming of another job's checkpoint, to start from or to evaluate; it keeps that one from deletion
 * cursor      `{epoch, step}`: epochs done, steps done in the next one; where to go on
 * engine      what computes (`simd`: fused WebAssembly SIMD kernels on the CPU; `wasm`: tfjs on WebAssembly)
 * trainer     the child process in which an engine runs one job at a time
 * worker      the process that takes jobs from Redis and supervises its trainers
 * event       one entry of a job's event stream (events.ts)
 */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { DATASET_NAMES, DATASETS } from './datasets.ts';
import { JOB_ID_PATTERN } from './job-id.ts';

export const JOB_KINDS = ['train', 'eval'] as const;
export const JOB_STATES = ['waiting', 'delayed', 'active', 'completed', 'failed', 'cancelled'] as const;
export const MODEL_NAMES = ['lenet5'] as const;
export const ENGINE_NAMES = ['simd', 'wasm'] as const;
export const RESIZE_METHODS = ['bilinear', 'pad'] as const;
export const HEADS = ['tanh', 'linear'] as const;
export const SPLITS = ['test', 'validation', 'train'] as const;

/** Failures after which a job is failed for good, and dead workers likewise. */
export const FAILURE_BUDGET = 3;
export const DEAD_WORKER_BUDGET = 10;

export type JobKind = (typeof JOB_KINDS)[number];
export type JobState = (typeof JOB_STATES)[number];
export type ModelName = (typeof MODEL_NAMES)[number];
export type EngineName = (typeof ENGINE_NAMES)[number];
export type ResizeMethod = (typeof RESIZE_METHODS)[number];
export type SplitName = (typeof SPLITS)[number];

/** Sorts by time of submission; holds no `:` and is no integer, as BullMQ asks of a job id. */
export const JobId = z
  .string()
  .regex(JOB_ID_PATTERN)
  .meta({ allowed: 'a job id, as POST /v1/jobs returned it' })
  .brand('JobId');
export type JobId = z.infer<typeof JobId>;

let latestId = { time: 0, number: 0 };

/**
 * `j`, the time in milliseconds (9 characters, base 36), and a random number of 39 bits (10 characters,
 * hexadecimal); within a millisecond each is one more than the one before, so that jobs submitted as one list are listed in its order.
 */
export function newJobId(now: number = Date.now()): JobId {
  const number = now === latestId.time ? latestId.number + 1 : randomInt(2 ** 39);
  latestId = { time: now, number };
  return `j${now.toString(36).padStart(9, '0')}${number.toString(16).padStart(10, '0')}` as JobId;
}

/** 24 days: Node's timers go no further. */
const MAX_SECONDS = 2_147_483;
const MAX_EPOCHS = 1000;

/** A checkpoint of a train job: at the end of an epoch, the one with the lowest validation loss, or the latest. */
export const CheckpointRef = z.strictObject({
  jobId: JobId,
  epoch: z
    .union([z.enum(['best', 'last']), z.int().min(1).max(MAX_EPOCHS)])
    .default('best')
    .describe('`best` and `last` are resolved when the job that refers to them starts.'),
});
export type CheckpointRef = z.infer<typeof CheckpointRef>;

export const EarlyStopping = z.strictObject({
  patience: z.int().min(1).max(MAX_EPOCHS).describe('Epochs without an improvement after which training ends.'),
  minDelta: z
    .number()
    .min(0)
    .max(3.4e38)
    .default(0)
    .describe('An epoch improves if its validation loss is lower than the lowest so far by more than this.'),
});
export type EarlyStopping = z.infer<typeof EarlyStopping>;

export const Optimizer = z.strictObject({
  type: z.literal('sgd').default('sgd'),
  // finite also as the float32 that engines compute with
  learningRate: z
    .number()
    .positive()
    .max(3.4e38)
    .default(0.001)
    .describe('Learning rate of plain SGD, without momentum.'),
});
export type Optimizer = z.infer<typeof Optimizer>;

const trainSpecShape = z.strictObject({
  model: z.enum(MODEL_NAMES).default('lenet5').describe('Network to train.'),
  dataset: z.enum(DATASET_NAMES).default('mnist').describe('Images to train on.'),
  resize: z
    .enum(RESIZE_METHODS)
    .default('bilinear')
    .describe('How 28×28 becomes 32×32: `bilinear` as Pillow does it, or `pad` with two pixels of 0 on each side.'),
  validationSize: z
    .int()
    .min(1)
    .default(5000)
    .describe('Images split off the training set, to choose the best checkpoint by.'),
  trainSize: z
    .union([z.literal('all'), z.int().min(1)])
    .default('all')
    .describe('`all`, or the first N images of the shuffled training split.'),
  epochs: z.int().min(1).max(MAX_EPOCHS).default(20).describe('Passes over the training split.'),
  batchSize: z
    .int()
    .min(1)
    .max(1024)
    .default(16)
    .describe('Images per step; the last batch of an epoch holds what is left.'),
  optimizer: Optimizer.prefault({}),
  head: z
    .enum(HEADS)
    .default('tanh')
    .describe('Activation of the last layer: `tanh` on the logits as in the post, or `linear`.'),
  seed: z.int().min(0).max(0xffffffff).default(0).describe('Settles split, order and initial parameters.'),
  checkpoint: z
    .strictObject({
      everyEpochs: z
        .int()
        .min(1)
        .max(MAX_EPOCHS)
        .default(1)
        .describe('A checkpoint after every so many epochs (and after the last).'),
      keepLast: z
        .int()
        .min(1)
        .max(MAX_EPOCHS)
        .default(3)
        .describe('How many of the latest checkpoints are kept beside the best one.'),
    })
    .prefault({})
    .describe('When checkpoints are taken and how many are kept.'),
  from: CheckpointRef.nullable()
    .default(null)
    .describe(
      "Start from the parameters of another job's checkpoint instead of the seed's; optimizer fresh, epochs from 1.",
    ),
  earlyStopping: EarlyStopping.nullable()
    .default(null)
    .describe('End before `epochs` are done, once the validation loss has stopped to fall; null: never.'),
  maxSeconds: z
    .number()
    .positive()
    .max(MAX_SECONDS)
    .nullable()
    .default(null)
    .describe('Seconds the job may train, over all its attempts since submit or retry; null: no limit.'),
  engine: z
    .enum(['auto', ...ENGINE_NAMES])
    .default('auto')
    .describe('What computes; `auto` is settled at submit to an engine of this deployment.'),
});

const splitShape = trainSpecShape.pick({ dataset: true, validationSize: true, trainSize: true });
type Split = z.infer<typeof splitShape>;

function imagesLeft({ dataset, validationSize }: Split): number {
  return DATASETS[dataset].trainImages - validationSize;
}

/**
 * Whether the dataset can fill the split. Beside the spec and not a refinement of it, which zod would leave out as
 * soon as any other field is faulty: a user hears of all faults at once.
 */
const SplitThatFits = splitShape
  .refine((split) => imagesLeft(split) >= 1, {
    path: ['validationSize'],
    when: ({ value }) => splitShape.omit({ trainSize: true }).loose().safeParse(value).success,
    error: ({ input }) => {
      const { dataset } = input as Split;
      const { trainImages } = DATASETS[dataset];
      return `a whole number from 1 to ${trainImages - 1}: ${dataset} has ${trainImages} training images, and at least one must be left to train on`;
    },
  })
  .refine((split) => split.trainSize === 'all' || imagesLeft(split) < 1 || split.trainSize <= imagesLeft(split), {
    path: ['trainSize'],
    when: ({ value }) => splitShape.loose().safeParse(value).success,
    error: ({ input }) => {
      const split = input as Split;
      const { trainImages } = DATASETS[split.dataset];
      return `all, or a whole number from 1 to ${imagesLeft(split)}: ${split.dataset} has ${trainImages} training images, of which ${split.validationSize} are for validation`;
    },
  });

export const TrainSpecInput = trainSpecShape.and(SplitThatFits);

/** A settled spec: every default filled in, engine chosen. */
export const TrainSpec = trainSpecShape.extend({ engine: z.enum(ENGINE_NAMES) });
export type TrainSpec = z.infer<typeof TrainSpec>;

const evalSpecShape = z.strictObject({
  checkpoint: CheckpointRef.describe('Which checkpoint of a train job to evaluate.'),
  split: z
    .enum(SPLITS)
    .default('test')
    .describe("`validation` and `train` are split as the checkpoint's own job split them, by its seed and sizes."),
  dataset: z.enum(DATASET_NAMES).optional().describe('Absent: the dataset that the checkpoint was trained on.'),
  batchSize: z.int().min(1).max(1024).default(8).describe('Images per call of the engine.'),
  engine: z.enum(['auto', ...ENGINE_NAMES]).default('auto'),
});
export const EvalSpecInput = evalSpecShape;
export type EvalSpecInput = z.infer<typeof EvalSpecInput>;

/** A settled spec. */
export const EvalSpec = evalSpecShape.extend({ dataset: z.enum(DATASET_NAMES), engine: z.enum(ENGINE_NAMES) });
export type EvalSpec = z.infer<typeof EvalSpec>;

export type JobSpec = TrainSpec | EvalSpec;

export const Tag = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._=/-]{0,63}$/)
  .meta({ allowed: '1 to 64 letters, digits and . _ = / - with a letter or digit first' });

/** Well-formed Unicode without control characters, not of invisible ones alone; white space around it is taken off. */
const JobName = z
  .string()
  .trim()
  .regex(/^(?=.*[^\p{Z}\p{Cf}])[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u)
  .meta({ allowed: '1 to 200 characters, none of them a control character, at least one to be seen' });

const requestFields = {
  name: JobName.nullable().default(null).describe('For people; the list can be searched by it.'),
  tags: z.array(Tag).max(20).default([]).describe('The list can be filtered by them.'),
  priority: z.int().min(-10).max(10).default(0).describe('Higher runs sooner; among equals, first come, first served.'),
};

/** What a user submits. */
export const JobRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('train'), spec: TrainSpecInput.prefault({}), ...requestFields }),
  z.strictObject({ kind: z.literal('eval'), spec: EvalSpecInput, ...requestFields }),
]);
export type JobRequest = z.infer<typeof JobRequest>;

/** Steps of one epoch; the last batch holds what is left. */
export function stepsPerEpoch(spec: Pick<TrainSpec, 'dataset' | 'validationSize' | 'trainSize' | 'batchSize'>): number {
  return Math.ceil(trainImageCount(spec) / spec.batchSize);
}

export function trainImageCount(spec: Pick<TrainSpec, 'dataset' | 'validationSize' | 'trainSize'>): number {
  return spec.trainSize === 'all' ? DATASETS[spec.dataset].trainImages - spec.validationSize : spec.trainSize;
}

/** The checkpoint that a job of this request or record starts from or evaluates; null if it needs none. */
export function referenceOf(
  job: { kind: 'train'; spec: Pick<TrainSpec, 'from'> } | { kind: 'eval'; spec: Pick<EvalSpec, 'checkpoint'> },
): CheckpointRef | null {
  return job.kind === 'train' ? job.spec.from : job.spec.checkpoint;
}

/**
 * Whether the epoch's end is one of those that the spec asks a checkpoint of. The best is chosen among these and the
 * epoch after which a run stops early.
 */
export function isCheckpointEpoch(spec: Pick<TrainSpec, 'epochs' | 'checkpoint'>, epoch: number): boolean {
  return epoch % spec.checkpoint.everyEpochs === 0 || epoch === spec.epochs;
}
