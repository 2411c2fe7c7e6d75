/** Where a graph lies for TensorFlow to read it: in a folder that is gone right after, unless the process is killed meanwhile. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'trainyard-graph-';
/**
 * Milliseconds after which no trainer reads one any more: it is read at once, or the trainer killed as hung. Whose it
 * is would not tell: containers may share /tmp, and each has process ids of its own.
 */
const ABANDONED_AFTER_MS = 3_600_000;

export function withGraphFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  try {
    return use(folder);
  } finally {
    remove(folder);
  }
}

/** Those that killed processes could not remove. */
export function removeOldFolders(now: number = Date.now()): void {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    try {
      if (now - statSync(folder).mtimeMs > ABANDONED_AFTER_MS) remove(folder);
    } catch {
      // of another user, or removed meanwhile
    }
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
