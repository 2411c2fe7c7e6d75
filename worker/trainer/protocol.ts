/**
 * What worker and trainer say to each other over IPC (`serialization: 'advanced'`, so typed arrays and Maps pass).
 *
 *   worker → trainer   warm, start, saved, stop
 *   trainer → worker   opening, device, ready, event, notice, beat, checkpoint, result, failure, stopped
 *
 * One job at a time: start … (result | failure | stopped). Each `checkpoint` is answered by `saved` once it is
 * committed, and until then the trainer sends no other.
 */

import type { Tensors } from '../../shared/checkpoints/tensors.ts';
import type { DatasetName } from '../../shared/datasets.ts';
import type { Device } from '../../shared/device.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { EngineName, EvalSpec, ResizeMethod, TrainSpec } from '../../shared/jobs.ts';
import type { TrainResult } from '../../shared/views.ts';
import type { EvaluationOutcome } from '../training/evaluate-checkpoint.ts';
import type { Checkpoint, ResumePoint, RunEvent } from '../training/run.ts';

/** What a trainer holds ready, so that the next job of its kind starts at once. */
export interface Warmth {
  engine: EngineName;
  dataset: DatasetName;
  resize: ResizeMethod;
}

/** What a trainer is given to do, and what it comes to. */
export interface TrainWork {
  kind: 'train';
  spec: TrainSpec;
  from: ResumePoint | null;
  initialParameters: Tensors | null;
}
export interface EvalWork {
  kind: 'eval';
  spec: EvalSpec;
  trainedBy: TrainSpec;
  parameters: Tensors;
}
export type Work = TrainWork | EvalWork;
export type OutcomeOf<W extends Work> = W extends TrainWork ? TrainResult : EvaluationOutcome;

export type StopReason = 'cancelled' | 'interrupted';

export type ToTrainer =
  | { type: 'warm'; warmth: Warmth }
  | { type: 'start'; work: Work }
  | { type: 'saved' }
  | { type: 'stop'; reason: StopReason };

export type FromTrainer =
  /** It opens this engine: native libraries are loaded, which may end the process. */
  | { type: 'opening'; engine: EngineName }
  /** What the engine that it has opened computes on. */
  | { type: 'device'; device: Device }
  /** Warm, and free for a job. */
  | { type: 'ready' }
  | { type: 'event'; event: RunEvent }
  /** What a user should know of how the engine computes. */
  | { type: 'notice'; message: string }
  /** The engine has computed since the last message; at most once a second. */
  | { type: 'beat' }
  | { type: 'checkpoint'; checkpoint: Checkpoint }
  | { type: 'result'; result: OutcomeOf<Work> }
  | { type: 'failure'; code: ErrorCode; message: string; permanent: boolean }
  /** The run ended because of `stop`; a checkpoint, if one was due, is saved. */
  | { type: 'stopped'; reason: StopReason };
