/** Checkpoints as files: what every store does alike, over what reads and writes the files of one kind of store. */
import { JobId } from '../jobs.ts';
import { sha256 } from './checkpoint.ts';
import { Manifest } from './manifest.ts';
import { CheckpointName, compareCheckpointNames } from './name.ts';
import { DamagedCheckpoint } from './safetensors.ts';
import { type CheckpointStore, loadVerified } from './store.ts';

/**
 * Files in folders, one folder for each job; paths are `<jobId>/<file>`.
 * Every method throws RetryableError('store-unavailable') when it fails.
 */
export interface Files {
  /** Done before the first read and write of a put. */
  makeFolder(folder: string): Promise<void>;
  /** The whole file or nothing of it, and durable once it resolves; replaces the one that was there. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** null if there is none. */
  read(path: string): Promise<Uint8Array | null>;
  /** Done also if there is none. */
  remove(path: string): Promise<void>;
  /** With everything in it. */
  removeFolder(folder: string): Promise<void>;
  /** Names of the files in it, in any order; none if there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Whether a file of PROBE_BYTES could be written now; throws if not. */
  check(): Promise<void>;
}

/** As much as a checkpoint of LeNet-5 takes: where a disk has no room for that, a byte may still find some. */
export const PROBE_BYTES = 256 * 1024;

export function createStoreOfFiles(files: Files): CheckpointStore {
  const store: CheckpointStore = {
    async put(jobId, name, bytes, manifest) {
      const dataPath = pathOf(jobId, name, 'safetensors');
      const manifestPath = pathOf(jobId, name, 'json');
      const isOfBytes = manifest.sha256 === sha256(bytes) && manifest.bytes === bytes.length;
      if (manifest.jobId !== jobId || manifest.name !== name || !isOfBytes) {
        throw new RangeError(`the manifest is not that of checkpoint ${name} of job ${jobId}`);
      }
      await files.makeFolder(folderOf(jobId));
      const present = await store.readManifest(jobId, name).catch(nullIfDamaged);
      if (present && present.sha256 !== manifest.sha256) {
        throw new RangeError(`checkpoint ${name} of job ${jobId} exists with other bytes (SHA-256 ${present.sha256})`);
      }
      await files.write(dataPath, bytes);
      if (!present) await files.write(manifestPath, new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
    },

    async readManifest(jobId, name) {
      const bytes = await files.read(pathOf(jobId, name, 'json'));
      return bytes === null ? null : parseManifest(new TextDecoder().decode(bytes), jobId, name);
    },

    readData: async (jobId, name) => files.read(pathOf(jobId, name, 'safetensors')),

    async putEvaluation(jobId, attempt, json) {
      const path = evaluationPath(jobId, attempt);
      await files.makeFolder(folderOf(jobId));
      await files.write(path, json);
    },

    readEvaluation: async (jobId, attempt) => files.read(evaluationPath(jobId, attempt)),

    load: (jobId, name) => loadVerified(store, jobId, name),

    async remove(jobId, name) {
      // the manifest first: without it nobody takes the data for a checkpoint
      await files.remove(pathOf(jobId, name, 'json'));
      await files.remove(pathOf(jobId, name, 'safetensors'));
    },

    removeJob: async (jobId) => files.removeFolder(folderOf(jobId)),

    async list(jobId) {
      const found = new Set(await files.list(folderOf(jobId)));
      return [...found]
        .filter((file) => file.endsWith('.json') && found.has(file.replace(/\.json$/, '.safetensors')))
        .flatMap((file) => CheckpointName.safeParse(file.slice(0, -'.json'.length)).data ?? [])
        .sort(compareCheckpointNames);
    },

    check: () => files.check(),
  };
  return store;
}

/** Job ids and names are checked here, once for all: with them no path leaves the store. */
function folderOf(jobId: JobId): string {
  if (!JobId.safeParse(jobId).success) throw new RangeError(`not a job id: ${JSON.stringify(jobId)}`);
  return jobId;
}

function pathOf(jobId: JobId, name: CheckpointName, extension: 'safetensors' | 'json'): string {
  if (!CheckpointName.safeParse(name).success) throw new RangeError(`not a checkpoint name: ${JSON.stringify(name)}`);
  return `${folderOf(jobId)}/${name}.${extension}`;
}

function evaluationPath(jobId: JobId, attempt: number): string {
  return `${folderOf(jobId)}/evaluation-a${String(attempt).padStart(3, '0')}.json`;
}

function parseManifest(text: string, jobId: JobId, name: CheckpointName): Manifest {
  let manifest: Manifest;
  try {
    manifest = Manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedCheckpoint(`the manifest of checkpoint ${name} of job ${jobId} is not valid`, { cause });
  }
  if (manifest.jobId !== jobId || manifest.name !== name) {
    throw new DamagedCheckpoint(
      `the manifest of checkpoint ${name} of job ${jobId} is that of ${manifest.name} of job ${manifest.jobId}`,
    );
  }
  return manifest;
}

/** A damaged manifest may be put anew: whatever it stood for is lost. */
function nullIfDamaged(error: unknown): null {
  if (error instanceof DamagedCheckpoint) return null;
  throw error;
}
