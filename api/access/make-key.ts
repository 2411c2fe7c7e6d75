/** Makes an API key and adds its hash to the file. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { hashOf, KeyEntry, newKey, parseKeyFile } from './keys.ts';
import { ROLES } from './roles.ts';

const USAGE = `npm run key -- --name NAME --role ${ROLES.join('|')} [--file PATH]`;

export interface MadeKey {
  /** Shown once, and kept nowhere. */
  key: string;
  path: string;
}

/**
 * @param args `--name`, `--role` and, if neither the file of API_KEYS_FILE nor api-keys.json in DATA_DIR is meant, `--file`
 * @throws Error for a person
 */
export function makeKey(args: string[], env: Record<string, string | undefined>): MadeKey {
  const { name, role, file } = readArguments(args);
  const key = newKey();
  const entry = KeyEntry.safeParse({ name, role, sha256: hashOf(key) });
  if (!entry.success) {
    throw new Error(`A name is 1 to 100 letters, digits and . _ -, a role one of ${ROLES.join(', ')}.\n${USAGE}`);
  }
  const path = resolve(file || env.API_KEYS_FILE || `${env.DATA_DIR || '.data'}/api-keys.json`);
  const before = existsSync(path) ? parseKeyFile(readFileSync(path, 'utf8'), path) : [];
  if (before.some((other) => other.name === name)) {
    throw new Error(`${path} has a key named ${name} already: choose another name, or take that entry out first.`);
  }
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, `${JSON.stringify({ keys: [...before, entry.data] }, null, 2)}\n`);
  return { key, path };
}

/**
 * Whole or not at all: an API that reads it meanwhile must not find half of it. And whoever could read it before still
 * can: the API may run as somebody else than whoever makes keys.
 */
function writeWhole(path: string, text: string): void {
  const before = statSync(path, { throwIfNoEntry: false });
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600 });
  if (before !== undefined) {
    try {
      const { uid, gid } = statSync(fresh);
      if (uid !== before.uid || gid !== before.gid) chownSync(fresh, before.uid, before.gid);
      chmodSync(fresh, before.mode & 0o7777);
    } catch (error) {
      rmSync(fresh);
      throw new Error(
        `${path} belongs to another user, and would not any more (${(error as NodeJS.ErrnoException).code}): ` +
          'make the key as its owner, or as root. Nothing was changed.',
      );
    }
  }
  renameSync(fresh, path);
}

function readArguments(args: string[]) {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ args, options: { name: text, role: text, file: text } }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`);
  }
}
