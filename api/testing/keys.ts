/** API keys for tests: one of each role, in a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../shared/process.ts';
import { openKeyRing } from '../access/key-ring.ts';
import { hashOf, newKey } from '../access/keys.ts';
import { ROLES, type Role } from '../access/roles.ts';

export type TestKeys = ReturnType<typeof makeTestKeys>;

export function makeTestKeys() {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-keys-'));
  const path = join(folder, 'keys.json');
  const keys = Object.fromEntries(ROLES.map((role) => [role, newKey()])) as Record<Role, string>;
  const write = (roles: readonly Role[]) =>
    writeFileSync(
      path,
      JSON.stringify({ keys: roles.map((role) => ({ name: `the-${role}`, role, sha256: hashOf(keys[role]) })) }),
    );
  write(ROLES);
  return {
    ...keys,
    path,
    /** Looks at its file each time. */
    ring: openKeyRing(path, createLogger('test-keys', 'silent'), 0),
    /** Takes a key out of the file. */
    remove: (role: Role) => write(ROLES.filter((other) => other !== role)),
    restore: () => write(ROLES),
    clear: () => rmSync(folder, { recursive: true }),
  };
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
