/** Where an attempt goes on: the last committed checkpoint that is whole, and the best one's parameters beside it. */
import { parametersOf } from '../shared/checkpoints/checkpoint.ts';
import type { CheckpointName } from '../shared/checkpoints/name.ts';
import { DamagedCheckpoint } from '../shared/checkpoints/safetensors.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import type { CommittedCheckpoint } from '../shared/job-record.ts';
import type { JobId } from '../shared/jobs.ts';
import type { ResumePoint } from './training/run.ts';

export interface Resume {
  /** null: from the beginning. */
  from: ResumePoint | null;
  /** Name of the checkpoint that it goes on from. */
  name: CheckpointName | null;
  /** Committed checkpoints that cannot be used, and why. */
  damaged: { name: CheckpointName; why: string }[];
}

/**
 * @param committed the furthest first
 * @throws RetryableError if the store cannot be reached
 */
export async function findResumePoint(
  store: CheckpointStore,
  jobId: JobId,
  committed: readonly CommittedCheckpoint[],
): Promise<Resume> {
  const damaged: Resume['damaged'] = [];

  const load = async (name: CheckpointName) => {
    if (damaged.some((one) => one.name === name)) return null;
    try {
      return await store.load(jobId, name);
    } catch (error) {
      if (!(error instanceof DamagedCheckpoint)) throw error;
      damaged.push({ name, why: error.message });
      return null;
    }
  };

  for (const { name } of committed) {
    const last = await load(name);
    if (!last) continue;
    const { run } = last.manifest;
    const best = bestCheckpoint(committed, run.best?.epoch ?? null);
    if (run.best === null || best?.name === name) {
      return { from: { run, state: last.tensors, bestParameters: null }, name, damaged };
    }
    // Without the best's parameters the job could not end as it would have: then the one before.
    const loadedBest = best && (await load(best.name));
    if (loadedBest) {
      return { from: { run, state: last.tensors, bestParameters: parametersOf(loadedBest.tensors) }, name, damaged };
    }
  }
  return { from: null, name: null, damaged };
}

/** The committed checkpoint at the end of that epoch. */
export function bestCheckpoint(
  committed: readonly CommittedCheckpoint[],
  epoch: number | null,
): CommittedCheckpoint | undefined {
  return committed.find(({ cursor }) => cursor.epoch === epoch && cursor.step === 0);
}
