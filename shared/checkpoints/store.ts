/**
 * Where checkpoints lie: `<root>/<jobId>/<name>.safetensors`, each with its manifest `<name>.json` beside it.
 * A checkpoint is there once its manifest is, which is written last. Which one counts is said by the job record;
 * listing is for recovery only.
 */
import type { JobId } from '../jobs.ts';
import { verifyCheckpoint } from './checkpoint.ts';
import type { Manifest } from './manifest.ts';
import type { CheckpointName } from './name.ts';
import { DamagedCheckpoint } from './safetensors.ts';
import type { Tensors } from './tensors.ts';

/**
 * Every method throws RetryableError('store-unavailable') when the store itself fails (disk full, no permission,
 * not mounted), and RangeError for a job id or name that is none.
 */
export interface CheckpointStore {
  /**
   * Durable once it resolves. Names are immutable: the same bytes may be put again, others are refused.
   * @throws RangeError if the manifest is not that of these bytes, or the name holds other bytes
   */
  put(jobId: JobId, name: CheckpointName, bytes: Uint8Array, manifest: Manifest): Promise<void>;
  /**
   * null if there is no such checkpoint.
   * @throws DamagedCheckpoint if it is there but not a manifest of this checkpoint
   */
  readManifest(jobId: JobId, name: CheckpointName): Promise<Manifest | null>;
  /** Unverified; null if there is none. */
  readData(jobId: JobId, name: CheckpointName): Promise<Uint8Array | null>;
  /** @throws DamagedCheckpoint if any of it is missing, or not what was put */
  load(jobId: JobId, name: CheckpointName): Promise<{ manifest: Manifest; tensors: Tensors }>;
  /** The whole result of an eval job, as JSON, by the attempt that gave it; put again, it replaces the one before. */
  putEvaluation(jobId: JobId, attempt: number, json: Uint8Array): Promise<void>;
  /** null if there is none. */
  readEvaluation(jobId: JobId, attempt: number): Promise<Uint8Array | null>;
  /** Done also if there is none. */
  remove(jobId: JobId, name: CheckpointName): Promise<void>;
  /** Everything of the job, leftovers of unfinished puts included. */
  removeJob(jobId: JobId): Promise<void>;
  /** Those with data and manifest, from the beginning of the run to its end. */
  list(jobId: JobId): Promise<CheckpointName[]>;
  /** Whether a checkpoint could be put now; throws if not. */
  check(): Promise<void>;
}

/** `load` in terms of the two reads, the same for every store. */
export async function loadVerified(
  store: Pick<CheckpointStore, 'readManifest' | 'readData'>,
  jobId: JobId,
  name: CheckpointName,
): Promise<{ manifest: Manifest; tensors: Tensors }> {
  try {
    const manifest = await store.readManifest(jobId, name);
    if (!manifest) throw new DamagedCheckpoint('the manifest is missing');
    const data = await store.readData(jobId, name);
    if (!data) throw new DamagedCheckpoint('the data is missing');
    return { manifest, tensors: verifyCheckpoint(data, manifest) };
  } catch (error) {
    if (!(error instanceof DamagedCheckpoint)) throw error;
    throw new DamagedCheckpoint(`checkpoint ${name} of job ${jobId} is damaged: ${error.message}`, { cause: error });
  }
}
