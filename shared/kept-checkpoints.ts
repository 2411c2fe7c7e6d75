/** Which of a job's kept checkpoints is meant: the best, the last, that of an epoch's end, or one by name. */
import type { CheckpointName } from './checkpoints/name.ts';
import type { CommittedCheckpoint } from './job-record.ts';

/** As of one moment; `best` and `last` are names among them, null while there are none. */
export interface KeptCheckpoints {
  best: string | null;
  last: string | null;
  /** The furthest first. */
  checkpoints: readonly CommittedCheckpoint[];
}

/** @param which `best`, `last`, a number of epochs done, or a name */
export function findKept(
  { best, last, checkpoints }: KeptCheckpoints,
  which: 'best' | 'last' | number | CheckpointName,
): CommittedCheckpoint | undefined {
  const wanted = which === 'best' ? best : which === 'last' ? last : which;
  return checkpoints.find(({ name, cursor }) =>
    typeof wanted === 'number' ? cursor.epoch === wanted && cursor.step === 0 : name === wanted,
  );
}

/** For messages: the names of all that are kept. */
export function namesOfKept({ checkpoints }: KeptCheckpoints): string {
  return checkpoints.map(({ name }) => name).join(', ') || 'none yet';
}
