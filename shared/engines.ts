/**
 * What each engine can do, and which queue its jobs go to. Here and not in worker/, because the API settles
 * engine and queue at submit: the result must not depend on who takes the job.
 */
import { type EngineName, JOB_KINDS, type JobKind, type ModelName, plainSgd, type TrainSpec } from './jobs.ts';

/** Evaluations have a queue and a trainer of their own, so that they never wait behind a training. */
export const QUEUE_NAMES = ['train-cpu', 'train-gpu', 'eval'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** The parts of a spec that an engine must be able to compute. */
export type EngineDemand = Pick<TrainSpec, 'model' | 'head' | 'optimizer' | 'batchSize'>;

export interface EngineFacts {
  /** Where its train jobs go. */
  trainQueue: QueueName;
  /** Whether every worker has it. An evaluation may come to any of them, so that no other engine computes one. */
  isEverywhere: boolean;
  /** null if the engine can compute it, else why not, as a sentence for the user. */
  refusal(demand: EngineDemand): string | null;
}

/** Whose kernels are compiled in: see scripts/build-simd.mjs. */
const SIMD_MODELS: readonly ModelName[] = ['lenet5'];

export const ENGINES: Record<EngineName, EngineFacts> = {
  simd: {
    trainQueue: 'train-cpu',
    isEverywhere: true,
    refusal: ({ model }) => (SIMD_MODELS.includes(model) ? null : `it has no kernels for the model ${model}`),
  },
  tensorflow: { trainQueue: 'train-gpu', isEverywhere: false, refusal: () => null },
  wasm: { trainQueue: 'train-cpu', isEverywhere: true, refusal: () => null },
};

/** What evaluating a checkpoint asks of an engine: of the optimizer that trained it, nothing. */
export function evaluationDemand({ model, head }: TrainSpec, batchSize: number): EngineDemand {
  return { model, head, optimizer: plainSgd(), batchSize };
}

/** In the order in which `auto` tries them. */
export const AUTO_ORDER: readonly EngineName[] = ['tensorflow', 'simd', 'wasm'];

/** Whether it may compute on a GPU; the others never do. */
export function mayUseGpu(engine: EngineName): boolean {
  return ENGINES[engine].trainQueue === 'train-gpu';
}

/** The queues whose jobs an engine can compute. */
export function queuesOf(engine: EngineName): QueueName[] {
  return JOB_KINDS.filter((kind) => kind === 'train' || ENGINES[engine].isEverywhere).map((kind) =>
    queueOf(kind, engine),
  );
}

export function queueOf(kind: JobKind, engine: EngineName): QueueName {
  return kind === 'eval' ? 'eval' : ENGINES[engine].trainQueue;
}
