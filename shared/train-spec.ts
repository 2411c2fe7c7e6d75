/** What a train job is to do: model, data, optimizer, and when to stop and to save. */
import { z } from 'zod';
import { CheckpointRef, MAX_EPOCHS } from './checkpoint-ref.ts';
import { DATASET_NAMES, DATASETS } from './datasets.ts';
import { Optimizer } from './optimizer.ts';

export const MODEL_NAMES = ['lenet5'] as const;
export const ENGINE_NAMES = ['simd', 'tensorflow', 'wasm'] as const;
export const RESIZE_METHODS = ['bilinear', 'pad'] as const;
export const HEADS = ['tanh', 'linear'] as const;

export type ModelName = (typeof MODEL_NAMES)[number];
export type EngineName = (typeof ENGINE_NAMES)[number];
export type ResizeMethod = (typeof RESIZE_METHODS)[number];

/** 24 days: Node's timers go no further. */
const MAX_SECONDS = 2_147_483;

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
  optimizer: Optimizer.prefault({}).describe('How the parameters are updated; the formulae are those of torch.optim.'),
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

/** Whether a refinement can be asked: what it compares is there. Made once, as making a schema takes longer than using it. */
const comparable = {
  validationSize: splitShape.omit({ trainSize: true }).loose(),
  trainSize: splitShape.loose(),
};

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
    when: ({ value }) => comparable.validationSize.safeParse(value).success,
    error: ({ input }) => {
      const { dataset } = input as Split;
      const { trainImages } = DATASETS[dataset];
      return `a whole number from 1 to ${trainImages - 1}: ${dataset} has ${trainImages} training images, and at least one must be left to train on`;
    },
  })
  .refine((split) => split.trainSize === 'all' || imagesLeft(split) < 1 || split.trainSize <= imagesLeft(split), {
    path: ['trainSize'],
    when: ({ value }) => comparable.trainSize.safeParse(value).success,
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

/** Steps of one epoch; the last batch holds what is left. */
export function stepsPerEpoch(spec: Pick<TrainSpec, 'dataset' | 'validationSize' | 'trainSize' | 'batchSize'>): number {
  return Math.ceil(trainImageCount(spec) / spec.batchSize);
}

export function trainImageCount(spec: Pick<TrainSpec, 'dataset' | 'validationSize' | 'trainSize'>): number {
  return spec.trainSize === 'all' ? DATASETS[spec.dataset].trainImages - spec.validationSize : spec.trainSize;
}

/**
 * Whether the epoch's end is one of those that the spec asks a checkpoint of. The best is chosen among these and the
 * epoch after which a run stops early.
 */
export function isCheckpointEpoch(spec: Pick<TrainSpec, 'epochs' | 'checkpoint'>, epoch: number): boolean {
  return epoch % spec.checkpoint.everyEpochs === 0 || epoch === spec.epochs;
}
