/** Where a graph lies for TensorFlow to read it: in a folder that is gone right after, unless the process is killed meanwhile. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** And the process whose it is. */
const NAME = /^trainyard-graph-(\d+)-/;

export function withGraphFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), `trainyard-graph-${process.pid}-`));
  try {
    return use(folder);
  } finally {
    remove(folder);
  }
}

/** Call it while this process has none: one of its id is of an earlier process, as ids begin anew with a container. */
export function removeFoldersOfTheDead(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number(NAME.exec(name)?.[1]);
    if (Number.isNaN(owner) || (owner !== process.pid && isAlive(owner))) continue;
    try {
      remove(join(tmpdir(), name));
    } catch {
      // of another user
    }
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
