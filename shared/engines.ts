/**
 * What each engine can do, and which queue its jobs go to. Here and not in worker/, because the API settles
 * engine and queue at submit: the result must not depend on who takes the job.
 */
import type { EngineName, TrainSpec } from './jobs.ts';

export const QUEUE_NAMES = ['train-cpu'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** The parts of a spec that an engine must be able to compute. */
export type EngineDemand = Pick<TrainSpec, 'model' | 'head' | 'optimizer' | 'batchSize'>;

export interface EngineFacts {
  queue: QueueName;
  /** null if the engine can compute it, else why not, as a sentence for the user. */
  refusal(demand: EngineDemand): string | null;
}

export const ENGINES: Record<EngineName, EngineFacts> = {
  simd: { queue: 'train-cpu', refusal: () => null },
};

/** In the order in which `auto` tries them. */
export const AUTO_ORDER: readonly EngineName[] = ['simd'];
