/**
 * The checkpoint that a job's spec refers to. Which one it is, is settled by the job's first attempt and stays: `best`
 * and `last` of a job that still trains move on.
 */
import type { AttemptRecord } from '../shared/attempt-record.ts';
import { parametersOf } from '../shared/checkpoints/checkpoint.ts';
import type { Manifest } from '../shared/checkpoints/manifest.ts';
import { DamagedCheckpoint } from '../shared/checkpoints/safetensors.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import type { Tensors } from '../shared/checkpoints/tensors.ts';
import { PermanentError } from '../shared/errors.ts';
import type { JobRecord } from '../shared/job-record.ts';
import type { JobStore } from '../shared/job-store.ts';
import type { CheckpointRef } from '../shared/jobs.ts';
import { findKept, noneKept } from '../shared/kept-checkpoints.ts';
import type { ResolvedCheckpoint } from '../shared/views.ts';

export interface Referenced {
  checkpoint: ResolvedCheckpoint;
  manifest: Manifest;
  parameters: Tensors;
}

/** @throws PermanentError 'checkpoint-not-found' or 'checkpoint-damaged'; RetryableError if the store is out of reach */
export async function loadReferenced(
  reference: CheckpointRef,
  record: Pick<JobRecord, 'resolvedCheckpoint'>,
  attempt: Pick<AttemptRecord, 'resolve'>,
  { store, checkpoints }: { store: JobStore; checkpoints: CheckpointStore },
): Promise<Referenced> {
  const checkpoint = record.resolvedCheckpoint ?? (await resolve(reference, attempt, store));
  try {
    const { manifest, tensors } = await checkpoints.load(checkpoint.jobId, checkpoint.name);
    if (manifest.parametersSha256 !== checkpoint.parametersSha256) {
      throw new DamagedCheckpoint(`checkpoint ${checkpoint.name} of job ${checkpoint.jobId} holds other parameters`);
    }
    return { checkpoint, manifest, parameters: parametersOf(tensors) };
  } catch (error) {
    if (!(error instanceof DamagedCheckpoint)) throw error;
    throw new PermanentError('checkpoint-damaged', error.message, { cause: error });
  }
}

async function resolve(
  { jobId, epoch }: CheckpointRef,
  attempt: Pick<AttemptRecord, 'resolve'>,
  store: JobStore,
): Promise<ResolvedCheckpoint> {
  for (;;) {
    const kept = await store.keptCheckpoints(jobId);
    const found = findKept(kept, epoch);
    if (!found) throw new PermanentError('checkpoint-not-found', noneKept(jobId, epoch, kept));
    const { name, cursor, parametersSha256 } = found;
    const resolved = { jobId, name, cursor, parametersSha256 };
    // The job's own worker may have deleted it since it was chosen: then another is the best or the last.
    if (await attempt.resolve(resolved)) return resolved;
  }
}
