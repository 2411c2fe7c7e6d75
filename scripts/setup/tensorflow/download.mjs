/** Fetches a large file over HTTP, and goes on where a broken connection, or an earlier run, has left off. */
import { renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { messageOf, note, SetupError } from '../say.mjs';

/** In a row without a single byte more. */
const FRUITLESS_TRIES = 3;

/**
 * @param {string} url
 * @param {string} path beside which `….part` grows until all is there
 * @param {number} bytes how long the file is
 */
export async function download(url, path, bytes) {
  const part = `${path}.part`;
  let fruitless = 0;
  if (sizeOf(part) > bytes) rmSync(part);
  for (let have = sizeOf(part); have !== bytes; ) {
    const reason = await fetchRest(url, part, bytes).catch(messageOf);
    const now = sizeOf(part);
    fruitless = now > have ? 0 : fruitless + 1;
    if (fruitless === FRUITLESS_TRIES) {
      throw new SetupError(
        `${url} broke off at ${megabytes(now)} of ${megabytes(bytes)}: ${reason ?? 'the answer ended early'}. ` +
          'Run the command again: it goes on from there.',
      );
    }
    have = now;
  }
  renameSync(part, path);
}

/** @param {string} url @param {string} part @param {number} bytes */
async function fetchRest(url, part, bytes) {
  const from = sizeOf(part);
  const answer = await fetch(url, from > 0 ? { headers: { Range: `bytes=${from}-` } } : {});
  if (!answer.ok || answer.body === null) throw new Error(`it answers ${answer.status} ${answer.statusText}`);
  const resumed = answer.status === 206;
  if (resumed) note(`Going on at ${megabytes(from)} of ${megabytes(bytes)}`);
  // Each write is awaited: a stream that fails may leave one under way, behind what the next try appends.
  const file = await open(part, resumed ? 'a' : 'w');
  try {
    let have = resumed ? from : 0;
    for await (const chunk of answer.body) {
      await file.writeFile(chunk);
      const before = Math.floor(have / 50e6);
      have += chunk.length;
      if (Math.floor(have / 50e6) > before) note(`  ${megabytes(have)} of ${megabytes(bytes)}`);
    }
  } finally {
    await file.close();
  }
  return null;
}

/** @param {string} path */
function sizeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
