/** Hands checkpoints over one at a time, so that saving goes on beside training and never falls behind. */
import type { Checkpoint } from '../../shared/checkpoints/checkpoint.ts';
import type { Cursor } from '../../shared/views.ts';

export interface CheckpointSaver {
  /** Waits for the one before to be committed, then hands this one over; rejects if the one before failed. */
  handOver(checkpoint: Checkpoint): Promise<void>;
  /** Resolves once the last one is committed; rejects if that failed. */
  settled(): Promise<void>;
  isHandedOver(cursor: Cursor): boolean;
  /** Where the last committed one stands; null if there is none. */
  readonly committed: Cursor | null;
}

/** @param from where the run goes on from a committed checkpoint; null if from the beginning */
export function createCheckpointSaver(
  save: (checkpoint: Checkpoint) => Promise<void>,
  from: Cursor | null,
): CheckpointSaver {
  // the initial state needs no saving: the seed gives it again
  let last: Cursor = from ?? { epoch: 0, step: 0 };
  let committed = from;
  let outstanding: Promise<void> = Promise.resolve();
  return {
    async handOver(checkpoint) {
      await outstanding;
      const cursor = { ...checkpoint.run.cursor };
      last = cursor;
      outstanding = save(checkpoint).then(() => {
        committed = cursor;
      });
      // whoever waits for it next meets the failure; until then it is nobody's unhandled rejection
      outstanding.catch(() => {});
    },
    settled: () => outstanding,
    isHandedOver: ({ epoch, step }) => last.epoch === epoch && last.step === step,
    get committed() {
      return committed;
    },
  };
}
