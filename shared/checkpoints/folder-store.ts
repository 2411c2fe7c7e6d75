/** Checkpoints in a folder: a local disk, or a volume that all workers and the API mount. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, RetryableError } from '../errors.ts';
import { JobId } from '../jobs.ts';
import { sha256 } from './checkpoint.ts';
import { Manifest } from './manifest.ts';
import { CheckpointName, compareCheckpointNames } from './name.ts';
import { DamagedCheckpoint } from './safetensors.ts';
import { type CheckpointStore, loadVerified } from './store.ts';

export function createFolderStore(folder: string): CheckpointStore {
  const root = resolve(folder);
  /** Once it was there, it is not made anew: a folder that has gone, with a volume, must not pass for an empty one. */
  let wasThere = false;

  /** Job ids and names are checked here, once for all: with them no path leaves the root. */
  function folderOf(jobId: JobId): string {
    if (!JobId.safeParse(jobId).success) throw new RangeError(`not a job id: ${JSON.stringify(jobId)}`);
    return join(root, jobId);
  }

  function pathOf(jobId: JobId, name: CheckpointName, extension: 'safetensors' | 'json'): string {
    if (!CheckpointName.safeParse(name).success) throw new RangeError(`not a checkpoint name: ${JSON.stringify(name)}`);
    return join(folderOf(jobId), `${name}.${extension}`);
  }

  function evaluationPath(jobId: JobId, attempt: number): string {
    return join(folderOf(jobId), `evaluation-a${String(attempt).padStart(3, '0')}.json`);
  }

  /** What `read` gives, null if the file is not there; a root that is not there is a fault of the store. */
  async function unlessMissing<T>(path: string, read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw unavailable('read', path, error);
      await access(root).catch((cause) => {
        throw unavailable('read', root, cause);
      });
      return null;
    }
  }

  const store: CheckpointStore = {
    async put(jobId, name, bytes, manifest) {
      const dataPath = pathOf(jobId, name, 'safetensors');
      const manifestPath = pathOf(jobId, name, 'json');
      const isOfBytes = manifest.sha256 === sha256(bytes) && manifest.bytes === bytes.length;
      if (manifest.jobId !== jobId || manifest.name !== name || !isOfBytes) {
        throw new RangeError(`the manifest is not that of checkpoint ${name} of job ${jobId}`);
      }
      await makeFolder(dirname(dataPath));
      const present = await store.readManifest(jobId, name).catch(nullIfDamaged);
      if (present && present.sha256 !== manifest.sha256) {
        throw new RangeError(`checkpoint ${name} of job ${jobId} exists with other bytes (SHA-256 ${present.sha256})`);
      }
      await writeDurably(dataPath, bytes);
      if (!present)
        await writeDurably(manifestPath, new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
    },

    async readManifest(jobId, name) {
      const path = pathOf(jobId, name, 'json');
      const text = await unlessMissing(path, () => readFile(path, 'utf8'));
      return text === null ? null : parseManifest(text, jobId, name);
    },

    async readData(jobId, name) {
      const path = pathOf(jobId, name, 'safetensors');
      return unlessMissing(path, () => readFile(path));
    },

    async putEvaluation(jobId, attempt, json) {
      const path = evaluationPath(jobId, attempt);
      await makeFolder(dirname(path));
      await writeDurably(path, json);
    },

    async readEvaluation(jobId, attempt) {
      const path = evaluationPath(jobId, attempt);
      return unlessMissing(path, () => readFile(path));
    },

    load: (jobId, name) => loadVerified(store, jobId, name),

    async remove(jobId, name) {
      // the manifest first: without it nobody takes the data for a checkpoint
      for (const path of [pathOf(jobId, name, 'json'), pathOf(jobId, name, 'safetensors')]) {
        await rm(path, { force: true }).catch((error) => {
          throw unavailable('remove', path, error);
        });
      }
    },

    async removeJob(jobId) {
      const path = folderOf(jobId);
      await rm(path, { recursive: true, force: true }).catch((error) => {
        throw unavailable('remove', path, error);
      });
    },

    async list(jobId) {
      const path = folderOf(jobId);
      const files = new Set(await unlessMissing(path, () => readdir(path)));
      return [...files]
        .filter((file) => file.endsWith('.json') && files.has(file.replace(/\.json$/, '.safetensors')))
        .flatMap((file) => CheckpointName.safeParse(file.slice(0, -'.json'.length)).data ?? [])
        .sort(compareCheckpointNames);
    },

    async check() {
      if (!wasThere) await makeFolder(root);
      wasThere = true;
      const probe = join(root, temporaryName('check'));
      try {
        await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
        await writeAndSync(probe, new Uint8Array(1));
        await unlink(probe);
      } catch (error) {
        throw unavailable('write', probe, error);
      }
    },
  };
  return store;
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

/** Creates it and what is above it, each durably. */
async function makeFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    for (let created = path; created !== dirname(first); created = dirname(created)) await syncFolder(dirname(created));
  } catch (error) {
    throw unavailable('create', path, error);
  }
}

/** All of it or nothing, also if the machine dies: a temporary name, sync, rename, sync of the folder. */
async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), temporaryName('put'));
  try {
    await writeAndSync(temporary, bytes);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw unavailable('write', path, error);
  }
}

function temporaryName(purpose: string): string {
  return `.${purpose}-${randomBytes(8).toString('hex')}.tmp`;
}

async function writeAndSync(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function unavailable(what: string, path: string, cause: unknown): RetryableError {
  return new RetryableError('store-unavailable', `the checkpoint store cannot ${what} ${path}: ${messageOf(cause)}`, {
    cause,
  });
}
