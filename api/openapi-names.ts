/** Schemas that have a name in the OpenAPI document: those that stand in more than one place, or that clients want a type of. */
import { Manifest } from '../shared/checkpoints/manifest.ts';
import { FieldFault } from '../shared/errors.ts';
import { JobRequest, TrainSpec, TrainSpecInput } from '../shared/jobs.ts';
import {
  Attempt,
  EpochRow,
  Evaluation,
  JobFailure,
  JobProgress,
  JobView,
  LatestStep,
  TrainResult,
} from '../shared/views.ts';
import { WorkerView } from '../shared/workers.ts';

/** As clients send them: fields with a default may be left out. */
export const NAMED_REQUESTS = { JobRequest, TrainSpecInput };

/** As we answer. */
export const NAMED_ANSWERS = {
  Attempt,
  EpochRow,
  Evaluation,
  FieldFault,
  JobFailure,
  JobProgress,
  JobView,
  LatestStep,
  Manifest,
  TrainResult,
  TrainSpec,
  WorkerView,
};

export const SUBMIT_EXAMPLES = {
  reference: {
    summary: 'The reference run: 20 epochs of LeNet-5 on MNIST',
    value: { kind: 'train' },
  },
  quick: {
    summary: 'A quick one, with a name and tags',
    value: {
      kind: 'train',
      name: 'quick look',
      tags: ['demo'],
      spec: { epochs: 2, trainSize: 4000, optimizer: { type: 'sgd', learningRate: 0.05 } },
    },
  },
};
