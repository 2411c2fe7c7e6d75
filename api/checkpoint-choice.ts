/** Which checkpoint of a job is meant, and reading it while the job's worker may delete it. */
import type { CheckpointName } from '../shared/checkpoints/name.ts';
import { DamagedCheckpoint } from '../shared/checkpoints/safetensors.ts';
import { HttpError } from '../shared/errors.ts';
import type { JobStore } from '../shared/job-store.ts';
import type { JobId } from '../shared/jobs.ts';
import { findKept, type KeptCheckpoints, noneKept, type Which } from '../shared/kept-checkpoints.ts';

/**
 * @param read throws DamagedCheckpoint if any of it is missing or damaged
 * @throws HttpError 404 if the job keeps no such checkpoint
 */
export async function readChosen<T>(
  store: JobStore,
  id: JobId,
  which: Which,
  read: (name: CheckpointName) => Promise<T>,
): Promise<T> {
  for (;;) {
    const name = choose(id, await store.keptCheckpoints(id), which);
    try {
      return await read(name);
    } catch (error) {
      if (!(error instanceof DamagedCheckpoint)) throw error;
      // A running job's worker may have deleted it since it was chosen: then another is the one that was asked for.
      const { checkpoints: kept } = await store.keptCheckpoints(id);
      if (kept.some((checkpoint) => checkpoint.name === name)) throw error;
    }
  }
}

function choose(id: JobId, kept: KeptCheckpoints, which: Which): CheckpointName {
  const found = findKept(kept, which);
  if (!found) throw new HttpError(404, 'checkpoint-not-found', noneKept(id, which, kept));
  return found.name;
}
