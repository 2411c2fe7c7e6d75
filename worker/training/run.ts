/** What a training run starts from and says on its way: the types around train.ts. */
import type { RunState } from '../../shared/checkpoints/run-state.ts';
import type { Tensors } from '../../shared/checkpoints/tensors.ts';
import type { EpochRow, LatestStep } from '../../shared/views.ts';

export type { Checkpoint } from '../../shared/checkpoints/checkpoint.ts';

/** Where a run goes on: the last checkpoint, and the parameters of the best if that is another one. */
export interface ResumePoint {
  run: RunState;
  state: Tensors;
  bestParameters: Tensors | null;
}

/** What the loop says as it goes. The trainer passes it on; the worker adds attempt and time. */
export type RunEvent = { type: 'step'; step: LatestStep } | { type: 'epoch'; row: EpochRow };
