/** From the setting CHECKPOINT_STORE to a store. */
import { fileURLToPath } from 'node:url';
import { createFolderStore } from './folder-store.ts';
import type { CheckpointStore } from './store.ts';

/**
 * @param url a folder: its path, `file:` and its path, or a `file://` URL
 * @throws Error naming the setting and what is allowed; opens and creates nothing yet
 */
export function openCheckpointStore(url: string): CheckpointStore {
  if (url.startsWith('file://')) return createFolderStore(folderOfUrl(url));
  const path = url.startsWith('file:') ? url.slice('file:'.length) : url;
  if (path === '' || /^[a-z][a-z0-9+.-]+:/i.test(path)) throw notAllowed(url);
  return createFolderStore(path);
}

function folderOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw notAllowed(url, cause);
  }
}

function notAllowed(url: string, cause?: unknown): Error {
  return new Error(
    `CHECKPOINT_STORE is ${JSON.stringify(url)}; allowed: a folder, as file:/var/lib/trainyard/checkpoints or as a plain path`,
    { cause },
  );
}
