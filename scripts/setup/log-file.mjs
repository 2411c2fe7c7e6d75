/** Log files that do not grow for ever: one current, one previous. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Puts a file that is larger than `limit` bytes aside, as `….previous`.
 * @param {string} path
 * @param {number} limit
 */
export function rotate(path, limit) {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > limit) renameSync(path, `${path}.previous`);
}

/**
 * @param {string} path
 * @param {number} [limit] bytes at which a new file begins
 * @returns {{ path: string, write(text: string): void }} written at once: what was logged survives any end
 */
export function openLogFile(path, limit = 10_000_000) {
  mkdirSync(dirname(path), { recursive: true });
  rotate(path, limit);
  let file = openSync(path, 'a');
  return {
    path,
    write(text) {
      try {
        writeSync(file, text);
        if (fstatSync(file).size <= limit) return;
        rotate(path, limit);
        const next = openSync(path, 'a');
        closeSync(file);
        file = next;
      } catch {
        // A full disk costs lines of the log, and nothing else.
      }
    },
  };
}
