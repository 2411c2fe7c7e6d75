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
    const message = `${error.message}; ${await instead(checkpoint, store)}`;
    throw new PermanentError('checkpoint-damaged', message, { cause: error });
  }
}

/** What to refer to in place of a damaged one: the end of an epoch before it, else of the first one after it. */
async function instead({ jobId, cursor }: ResolvedCheckpoint, store: JobStore): Promise<string> {
  const { checkpoints } = await store.keptCheckpoints(jobId);
  const others = checkpoints
    .map((kept) => kept.cursor)
    .filter(({ epoch, step }) => step === 0 && (epoch !== cursor.epoch || cursor.step > 0));
  const { epoch } = others.find((other) => other.epoch <= cursor.epoch) ?? others.at(-1) ?? {};
  return epoch === undefined
    ? "the job keeps no other one of an epoch's end: train it again"
    : `refer to another one, with "epoch": ${epoch}`;
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
