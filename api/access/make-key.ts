/** Makes an API key and adds its hash to the file. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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
  // Whole or not at all: an API that reads it meanwhile must not find half of it.
  writeFileSync(`${path}.new`, `${JSON.stringify({ keys: [...before, entry.data] }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return { key, path };
}

function readArguments(args: string[]) {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ args, options: { name: text, role: text, file: text } }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`);
  }
}
