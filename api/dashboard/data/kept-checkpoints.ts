/** A job's kept checkpoints, of which others can name those at the end of an epoch. */
import type { CheckpointList } from '../../client-types.ts';

export type KeptCheckpoint = CheckpointList['checkpoints'][number];

/** Not one saved in the middle of an epoch, on an interruption, nor one of before the first. */
export function isOfWholeEpoch({ cursor }: Pick<KeptCheckpoint, 'cursor'>): boolean {
  return cursor.step === 0 && cursor.epoch > 0;
}

/** One for each epoch that is kept, rising; of one epoch the latest attempt's. */
export function wholeEpochs({ checkpoints }: Pick<CheckpointList, 'checkpoints'>): KeptCheckpoint[] {
  const byEpoch = new Map<number, KeptCheckpoint>();
  // The furthest come first, and of one place the latest attempt's.
  for (const checkpoint of checkpoints.filter(isOfWholeEpoch)) {
    const { epoch } = checkpoint.cursor;
    if (!byEpoch.has(epoch)) byEpoch.set(epoch, checkpoint);
  }
  return [...byEpoch.values()].sort((a, b) => a.cursor.epoch - b.cursor.epoch);
}
