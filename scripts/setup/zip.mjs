/**
 * Takes files out of a zip archive: no unzip need be installed, and an archive larger than memory will do.
 * (PKWARE's APPNOTE, sections 4.3.7, 4.3.12, 4.3.16.)
 */
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** @typedef {import('node:fs/promises').FileHandle} FileHandle */
/** @typedef {{ name: string, deflated: boolean, packedSize: number, at: number }} Entry at: of its local header */

const ENTRY = 0x02014b50;

/** The end's record, and the longest comment that may follow it. */
const LONGEST_END = 22 + 0xffff;

/**
 * @param {string} archive path of a zip below 4 GiB
 * @param {(name: string) => string | null} pathFor where a file of the archive is to lie; null leaves it out
 * @returns {Promise<string[]>} names of those taken
 */
export async function unzip(archive, pathFor) {
  const file = await open(archive);
  try {
    /** @type {string[]} */
    const taken = [];
    for (const entry of await directory(file, archive)) {
      const path = entry.name.endsWith('/') ? null : pathFor(entry.name);
      if (path === null) continue;
      await extract(archive, entry, await contentAt(file, entry), path);
      taken.push(entry.name);
    }
    return taken;
  } finally {
    await file.close();
  }
}

/** @param {FileHandle} file @param {string} archive @returns {Promise<Entry[]>} */
async function directory(file, archive) {
  const { size } = await file.stat();
  const tail = await read(file, Math.max(0, size - LONGEST_END), size);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) throw new Error(`${archive} is not a zip archive`);
  const from = tail.readUInt32LE(end + 16);
  const list = await read(file, from, from + tail.readUInt32LE(end + 12));
  /** @type {Entry[]} */
  const entries = [];
  let at = 0;
  for (let left = tail.readUInt16LE(end + 10); left > 0 && list.readUInt32LE(at) === ENTRY; left--) {
    const nameLength = list.readUInt16LE(at + 28);
    entries.push({
      name: list.toString('utf8', at + 46, at + 46 + nameLength),
      deflated: list.readUInt16LE(at + 10) !== 0,
      packedSize: list.readUInt32LE(at + 20),
      at: list.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + list.readUInt16LE(at + 30) + list.readUInt16LE(at + 32);
  }
  return entries;
}

/** The local header repeats the name, and may bring other additions. @param {FileHandle} file @param {Entry} entry */
async function contentAt(file, entry) {
  const local = await read(file, entry.at, entry.at + 30);
  return entry.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
}

/** @param {string} archive @param {Entry} entry @param {number} from @param {string} path */
async function extract(archive, { packedSize, deflated }, from, path) {
  mkdirSync(dirname(path), { recursive: true });
  const into = createWriteStream(path);
  if (packedSize === 0) return void (await pipeline([], into));
  const packed = createReadStream(archive, { start: from, end: from + packedSize - 1 });
  await (deflated ? pipeline(packed, createInflateRaw({ chunkSize: 1 << 20 }), into) : pipeline(packed, into));
}

/** @param {FileHandle} file @param {number} from @param {number} to */
async function read(file, from, to) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}
