/** Schemas that have a name in the OpenAPI document: those that stand in more than one place, or that clients want a type of. */
import { Manifest } from '../shared/checkpoints/manifest.ts';
import { FieldFault } from '../shared/errors.ts';
import { EventOfAll, JobEvent } from '../shared/events.ts';
import {
  CheckpointRef,
  EvalSpec,
  EvalSpecInput,
  JobRequest,
  Optimizer,
  TrainSpec,
  TrainSpecInput,
} from '../shared/jobs.ts';
import * as views from '../shared/views.ts';
import { WorkerView } from '../shared/workers.ts';
import { AuditEntry } from './access/audit.ts';

/** As clients send them: fields with a default may be left out. */
export const NAMED_REQUESTS = {
  CheckpointRefInput: CheckpointRef,
  EvalSpecInput,
  JobRequest,
  OptimizerInput: Optimizer,
  TrainSpecInput,
};

/** As we answer. */
export const NAMED_ANSWERS = {
  Attempt: views.Attempt,
  AuditEntry,
  CheckpointRef,
  Cursor: views.Cursor,
  EpochRow: views.EpochRow,
  EvalResult: views.EvalResult,
  EvalSpec,
  Evaluation: views.Evaluation,
  EventOfAll,
  FieldFault,
  FullEvaluation: views.FullEvaluation,
  JobEvent,
  JobFailure: views.JobFailure,
  JobProgress: views.JobProgress,
  JobView: views.JobView,
  LatestStep: views.LatestStep,
  Manifest,
  Optimizer,
  ResolvedCheckpoint: views.ResolvedCheckpoint,
  TrainResult: views.TrainResult,
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
  evaluation: {
    summary: 'An evaluation of the best checkpoint of a train job',
    value: { kind: 'eval', spec: { checkpoint: { jobId: 'j0mwu99p1i8f2ab7ca05', epoch: 'best' } } },
  },
};
