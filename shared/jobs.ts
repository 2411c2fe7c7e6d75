/**
 * The vocabulary of Trainyard, and what a job is: its spec, its states, how it is shown.
 * One zod schema each; validation, storage, REST answers and types all come from it.
 *
 * job         one unit of work in the queue, kind `train` or `eval`
 * spec        the immutable, validated description of a job; with its seed it determines the result
 * attempt     one start of a job on a worker; our own number, ever rising
 * failure     an attempt that ended in an error; a job may have 2 and fails with the third.
 *             A give-back or a dead worker spends none, but the tenth dead worker fails the job, and so does the
 *             tenth attempt that is given back for want of its engine
 * epoch       one pass over the training split
 * step        one update of the optimizer on one batch
 * checkpoint  parameters + optimizer state + cursor + metrics so far
 * reference   a spec's naming of another job's checkpoint, to start from or to evaluate; it keeps that one from deletion
 * cursor      `{epoch, step}`: epochs done, steps done in the next one; where to go on
 * engine      what computes (`simd`: fused WebAssembly SIMD kernels on the CPU; `wasm`: tfjs on WebAssembly)
 * trainer     the child process in which an engine runs one job at a time
 * worker      the process that takes jobs from Redis and supervises its trainers
 * event       one entry of a job's event stream (events.ts)
 */
import { z } from 'zod';
import { CheckpointRef } from './checkpoint-ref.ts';
import { DATASET_NAMES } from './datasets.ts';
import { ENGINE_NAMES, type TrainSpec, TrainSpecInput } from './train-spec.ts';

export { CheckpointRef } from './checkpoint-ref.ts';
export { JobId, newJobId } from './new-job-id.ts';
export * from './optimizer.ts';
export * from './train-spec.ts';

export const JOB_KINDS = ['train', 'eval'] as const;
export const JOB_STATES = ['waiting', 'delayed', 'active', 'completed', 'failed', 'cancelled'] as const;
export const SPLITS = ['test', 'validation', 'train'] as const;

/** Failures after which a job is failed for good; dead workers, and attempts given back for want of the engine, likewise. */
export const FAILURE_BUDGET = 3;
export const DEAD_WORKER_BUDGET = 10;
export const NO_ENGINE_BUDGET = 10;

export type JobKind = (typeof JOB_KINDS)[number];
export type JobState = (typeof JOB_STATES)[number];
export type SplitName = (typeof SPLITS)[number];

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

/** The checkpoint that a job of this request or record starts from or evaluates; null if it needs none. */
export function referenceOf(
  job: { kind: 'train'; spec: Pick<TrainSpec, 'from'> } | { kind: 'eval'; spec: Pick<EvalSpec, 'checkpoint'> },
): CheckpointRef | null {
  return job.kind === 'train' ? job.spec.from : job.spec.checkpoint;
}
