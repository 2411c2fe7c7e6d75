/** Small jobs for tests. */

import type { NewJob } from '../job-record.ts';
import { newJobId, type Optimizer, TrainSpec } from '../jobs.ts';

/** 12 steps: 3 epochs of 4 steps of 16 images, with real MNIST. */
export const TWELVE_STEPS = { trainSize: 64, validationSize: 100, epochs: 3, batchSize: 16 } as const;

type SpecChanges = Partial<Omit<TrainSpec, 'optimizer'>> & { optimizer?: Optimizer };

export function trainSpec(changes: SpecChanges = {}): TrainSpec {
  return TrainSpec.parse({ engine: 'simd', ...changes });
}

export type NewTrainJob = Extract<NewJob, { kind: 'train' }>;

export function newJob(changes: Partial<NewTrainJob> = {}): NewTrainJob {
  return {
    id: newJobId(),
    kind: 'train',
    name: null,
    tags: [],
    priority: 0,
    queue: 'train-cpu',
    spec: trainSpec(),
    checkpoint: null,
    ...changes,
  };
}
