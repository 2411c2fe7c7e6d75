/** Fetches a large file over HTTP, and goes on where a broken connection, or an earlier run, has left off. */
import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
  await pipeline(
    Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (answer.body)),
    announced(resumed ? from : 0, bytes),
    createWriteStream(part, { flags: resumed ? 'a' : 'w' }),
  );
  return null;
}

/**
 * Passes all on, and notes every 50 MB.
 * @param {number} from
 * @param {number} bytes
 */
function announced(from, bytes) {
  return async function* (/** @type {AsyncIterable<Uint8Array>} */ chunks) {
    let have = from;
    for await (const chunk of chunks) {
      const before = Math.floor(have / 50e6);
      have += chunk.length;
      if (Math.floor(have / 50e6) > before) note(`  ${megabytes(have)} of ${megabytes(bytes)}`);
      yield chunk;
    }
  };
}

/** @param {string} path */
function sizeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
