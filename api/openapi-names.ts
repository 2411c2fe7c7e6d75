/** Schemas that have a name in the OpenAPI document: those that stand in more than one place, or that clients want a type of. */
import { Manifest } from '../shared/checkpoints/manifest.ts';
import { FieldFault } from '../shared/errors.ts';
import { EvalSpec, EvalSpecInput, JobRequest, TrainSpec, TrainSpecInput } from '../shared/jobs.ts';
import {
  Attempt,
  EpochRow,
  EvalResult,
  Evaluation,
  FullEvaluation,
  JobFailure,
  JobProgress,
  JobView,
  LatestStep,
  ResolvedCheckpoint,
  TrainResult,
} from '../shared/views.ts';
import { WorkerView } from '../shared/workers.ts';

/** As clients send them: fields with a default may be left out. */
export const NAMED_REQUESTS = { EvalSpecInput, JobRequest, TrainSpecInput };

/** As we answer. */
export const NAMED_ANSWERS = {
  Attempt,
  EpochRow,
  EvalResult,
  EvalSpec,
  Evaluation,
  FieldFault,
  FullEvaluation,
  JobFailure,
  JobProgress,
  JobView,
  LatestStep,
  Manifest,
  ResolvedCheckpoint,
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
