/** Checkpoints in a folder: a local disk, or a volume that all workers and the API mount. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, RetryableError } from '../errors.ts';
import { createStoreOfFiles, PROBE_BYTES } from './files.ts';
import type { CheckpointStore } from './store.ts';

export function createFolderStore(folder: string): CheckpointStore {
  const root = resolve(folder);
  /** Once it was there, it is not made anew: a folder that has gone, with a volume, must not pass for an empty one. */
  let wasThere = false;

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

  async function remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true }).catch((error) => {
      throw unavailable('remove', path, error);
    });
  }

  async function create(path: string, make: (path: string) => Promise<void>): Promise<void> {
    await make(path).catch((error) => {
      throw unavailable('create', path, error);
    });
  }

  async function openRoot(): Promise<void> {
    if (!wasThere) await create(root, makeWithParents);
    wasThere = true;
  }

  return createStoreOfFiles({
    async makeFolder(name) {
      await openRoot();
      await create(join(root, name), makeDurably);
    },
    write: (path, bytes) => writeDurably(join(root, path), bytes),
    read: (path) => unlessMissing(join(root, path), () => readFile(join(root, path))),
    remove: (path) => remove(join(root, path)),
    removeFolder: (name) => remove(join(root, name)),
    list: async (name) => (await unlessMissing(join(root, name), () => readdir(join(root, name)))) ?? [],

    async check() {
      await openRoot();
      const probe = join(root, temporaryName('check'));
      try {
        await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
        await writeAndSync(probe, new Uint8Array(PROBE_BYTES));
        await unlink(probe);
      } catch (error) {
        await unlink(probe).catch(() => {});
        throw unavailable('write', probe, error);
      }
    },
  });
}

/** One after the other: of a read-only file system, mkdir's own recursion says that there is no such folder. */
async function makeWithParents(path: string): Promise<void> {
  if (await isFolder(path)) return;
  await makeWithParents(dirname(path));
  await makeDurably(path);
}

async function makeDurably(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isFolder(path)) return;
    throw error;
  }
  await syncFolder(dirname(path));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
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
