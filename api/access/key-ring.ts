/** The API keys of a file (a mounted Secret, say), read again when it changes. */
import { timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/process.ts';
import { hashOf, type KeyEntry, parseKeyFile } from './keys.ts';

/** Looking is a call to the system, and Kubernetes itself takes a minute to bring a changed Secret. */
const LOOK_EVERY_MS = 1000;

export interface KeyRing {
  /** The entry of a key that was sent; undefined if there is none. */
  find(key: string): KeyEntry | undefined;
  /** The entry of a key by its hash, as long as the file has it. */
  withHash(sha256: string): KeyEntry | undefined;
}

/** @throws Error if the file cannot be used now; later, one that cannot be used is logged, and what was known stays */
export function openKeyRing(path: string, logger: Logger, lookEveryMs = LOOK_EVERY_MS): KeyRing {
  let entries = read(path);
  let version = versionOf(path);
  let lookedAt = Date.now();

  function current(): KeyEntry[] {
    if (Date.now() - lookedAt < lookEveryMs) return entries;
    lookedAt = Date.now();
    try {
      const found = versionOf(path);
      if (found === version) return entries;
      entries = read(path);
      version = found;
      logger.info({ names: entries.map(({ name }) => name) }, 'the API keys were read again');
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

function read(path: string): KeyEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(
      `The file of API keys, ${path}, cannot be read (${(error as NodeJS.ErrnoException).code}): ` +
        `npm run key -- --name NAME --role admin --file ${path} makes it, with a first key.`,
    );
  }
  return parseKeyFile(text, path);
}

/** Follows links, as a mounted Secret is one. */
function versionOf(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  return `${ino} ${mtimeMs} ${size}`;
}
