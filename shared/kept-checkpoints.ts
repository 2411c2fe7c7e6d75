/** Which of a job's kept checkpoints is meant: the best, the last, that of an epoch's end, or one by name. */
import type { CheckpointName } from './checkpoints/name.ts';
import type { CommittedCheckpoint } from './job-record.ts';
import type { JobId } from './jobs.ts';

/** As of one moment; `best` and `last` are names among them, null while there are none. */
export interface KeptCheckpoints {
  best: string | null;
  last: string | null;
  /** The furthest first. */
  checkpoints: readonly CommittedCheckpoint[];
}

/** `best`, `last`, a number of epochs done, or a name. */
export type Which = 'best' | 'last' | number | CheckpointName;

export function findKept({ best, last, checkpoints }: KeptCheckpoints, which: Which): CommittedCheckpoint | undefined {
  const wanted = which === 'best' ? best : which === 'last' ? last : which;
  return checkpoints.find(({ name, cursor }) =>
    typeof wanted === 'number' ? cursor.epoch === wanted && cursor.step === 0 : name === wanted,
  );
}

/** For messages: that a job has none that is meant, and which it has. */
export function noneKept(jobId: JobId, which: Which, kept: KeptCheckpoints): string {
  const asked = typeof which === 'number' ? `of epoch ${which}` : `"${which}"`;
  return `job ${jobId} has no checkpoint ${asked}; kept are: ${namesOfKept(kept)}`;
}

/** For messages: the names of all that are kept. */
export function namesOfKept({ checkpoints }: KeptCheckpoints): string {
  return checkpoints.map(({ name }) => name).join(', ') || 'none yet';
}
