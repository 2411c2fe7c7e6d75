/** A lock between processes of one machine, held in a file: two builds, or two starts, in one folder take turns. */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { note, SetupError } from './say.mjs';

const PATIENCE_MS = 10 * 60_000;

/** @typedef {{ pid: number, host: string, nonce: string }} Holder */

/**
 * @template T
 * @param {string} path of the lock file
 * @param {string} what is done under the lock, for the note of one who waits
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, what, work) {
  mkdirSync(dirname(path), { recursive: true });
  const me = { pid: process.pid, host: hostname(), nonce: randomUUID() };
  const deadline = Date.now() + PATIENCE_MS;
  let told = false;
  while (!take(path, me)) {
    const holder = read(path);
    if (holder !== null && isGone(holder)) {
      breakLock(path, holder);
      continue;
    }
    if (holder !== null && !told) note(`Waiting for process ${holder.pid}, which is busy with: ${what}`);
    told ||= holder !== null;
    if (Date.now() > deadline) {
      throw new SetupError(`${what}: process ${holder?.pid ?? '?'} still holds the lock. If it hangs, remove ${path}.`);
    }
    await pause(50);
  }
  try {
    return await work();
  } finally {
    if (read(path)?.nonce === me.nonce) rmSync(path, { force: true });
  }
}

/**
 * Complete at once or not there at all: the file is written beside and then linked to its name.
 * @param {string} path
 * @param {Holder} me
 */
function take(path, me) {
  const draft = `${path}.${me.nonce}`;
  writeFileSync(draft, JSON.stringify(me));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} path @returns {Holder | null} */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {Holder} holder */
function isGone(holder) {
  if (holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/**
 * Takes a dead process's lock away; should another have taken it meanwhile, its lock is put back.
 * @param {string} path
 * @param {Holder} dead
 */
function breakLock(path, dead) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (read(aside)?.nonce !== dead.nonce) linkSync(aside, path);
  } catch {
    // Another waiter was quicker: the loop looks again.
  } finally {
    rmSync(aside, { force: true });
  }
}
