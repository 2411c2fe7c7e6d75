/**
 * The API keys of a file (a mounted Secret, say), read again when it changes.
 *
 * An entry taken out of it ends the key, and so does an empty list: then there are no keys, and every request is
 * refused. A file that has gone or holds nothing counts as an empty list if it is still so at the next look: an editor
 * may be writing it (Kubernetes changes a Secret in one step). Where it holds what cannot be used, a fault of whoever
 * wrote it, the keys known before stay, and the log says so at every look.
 */
import { timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/process.ts';
import { hashOf, type KeyEntry, parseKeyFile } from './keys.ts';

/** Looking is a call to the system, and Kubernetes itself takes a minute to bring a changed Secret. */
const LOOK_EVERY_MS = 1000;
const GONE = 'gone';

export interface KeyRing {
  /** The entry of a key that was sent; undefined if there is none. */
  find(key: string): KeyEntry | undefined;
  /** The entry of a key by its hash, as long as the file has it. */
  withHash(sha256: string): KeyEntry | undefined;
}

/** @throws Error if the file cannot be used now, or has no key */
export function openKeyRing(path: string, logger: Logger, lookEveryMs = LOOK_EVERY_MS): KeyRing {
  // Before it is read: what changes meanwhile is seen at the next look.
  let version = versionOf(path);
  let entries = parseKeyFile(read(path), path);
  if (entries.length === 0) throw new Error(`The file of API keys, ${path}, has no key: ${howToMake(path)}.`);
  let lookedAt = Date.now();
  let wasBlank = false;

  function look(): void {
    const found = versionOf(path);
    if (found === version) {
      wasBlank = false;
      return;
    }
    const text = found === GONE ? '' : read(path);
    const isBlank = text.trim() === '';
    if (isBlank && !wasBlank) {
      wasBlank = true;
      logger.warn({ path }, 'the file of API keys is empty or gone; if it stays so, no key counts any more');
      return;
    }
    entries = isBlank ? [] : parseKeyFile(text, path);
    version = found;
    wasBlank = false;
    if (entries.length > 0) logger.info({ names: entries.map(({ name }) => name) }, 'the API keys were read again');
    else logger.error({ path }, 'there are no API keys any more: every request is refused');
  }

  function current(): KeyEntry[] {
    if (Date.now() - lookedAt < lookEveryMs) return entries;
    lookedAt = Date.now();
    try {
      look();
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'the API keys cannot be read again; those known before still count');
    }
    return entries;
  }

  /** In a time that tells nothing of the hashes: all are compared, each whole. */
  function withHash(sha256: string): KeyEntry | undefined {
    const sought = Buffer.from(sha256, 'hex');
    return current().filter((entry) => timingSafeEqual(Buffer.from(entry.sha256, 'hex'), sought))[0];
  }

  return { find: (key) => withHash(hashOf(key)), withHash };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`The file of API keys, ${path}, cannot be read (${code}): ${howToMake(path)}.`);
  }
}

function howToMake(path: string): string {
  return `npm run key -- --name NAME --role admin --file ${path} makes it, with a first key`;
}

/** Follows links, as a mounted Secret is one. */
function versionOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? GONE : `${found.ino} ${found.ctimeNs} ${found.mtimeNs} ${found.size}`;
}
