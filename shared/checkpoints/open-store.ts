/** From the setting CHECKPOINT_STORE to a store. */
import { messageOf } from '../errors.ts';
import { createFolderStore } from './folder-store.ts';
import { createS3Store } from './s3-store.ts';
import type { CheckpointStore } from './store.ts';
import { parseStoreUrl, type StoreLocation } from './store-url.ts';

/**
 * @param url as parseStoreUrl takes it
 * @throws Error naming the setting and what is allowed; opens and creates nothing yet
 */
export function openCheckpointStore(url: string): CheckpointStore {
  const location = locationOf(url);
  return location.kind === 's3' ? createS3Store(location) : createFolderStore(location.path);
}

function locationOf(url: string): StoreLocation {
  try {
    return parseStoreUrl(url);
  } catch (cause) {
    throw new Error(`CHECKPOINT_STORE cannot be used: ${messageOf(cause)}`, { cause });
  }
}
