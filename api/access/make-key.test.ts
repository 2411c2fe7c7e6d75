import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createLogger } from '../../shared/process.ts';
import { openKeyRing } from './key-ring.ts';
import { hashOf, looksLikeKey } from './keys.ts';
import { makeKey } from './make-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainyard-make-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const logger = createLogger('test', 'silent');
const args = (name: string, role: string) => ['--name', name, '--role', role];

it('a made key is found by the ring with its name and role, and is not in its file', () => {
  const env = { DATA_DIR: folder };
  const { key, path } = makeKey(args('ci', 'submitter'), env);
  expect(looksLikeKey(key)).toBe(true);
  expect(path).toBe(join(folder, 'api-keys.json'));
  expect(readFileSync(path, 'utf8')).not.toContain(key.slice(3));
  expect(statSync(path).mode & 0o077).toBe(0);
  const ring = openKeyRing(path, logger, 0);
  expect(ring.find(key)).toMatchObject({ name: 'ci', role: 'submitter' });
  expect(ring.find(`${key.slice(0, -1)}-`)).toBeUndefined();

  const other = makeKey(args('grafana', 'viewer'), env).key;
  expect(ring.find(other)).toMatchObject({ name: 'grafana', role: 'viewer' });
  expect(ring.find(key)).toBeDefined();
});

it('refuses names that are taken, unknown roles and unknown arguments', () => {
  const env = { API_KEYS_FILE: join(folder, 'refused.json') };
  makeKey(args('once', 'viewer'), env);
  expect(() => makeKey(args('once', 'viewer'), env)).toThrow(/has a key named once already/);
  expect(() => makeKey(args('x', 'root'), env)).toThrow(/viewer, submitter, admin/);
  expect(() => makeKey(['--nmae', 'x'], env)).toThrow(/--name NAME --role/);
});

it('a file that is rewritten stays readable for whom it was', () => {
  const env = { API_KEYS_FILE: join(folder, 'shared.json') };
  const { path } = makeKey(args('first', 'admin'), env);
  chmodSync(path, 0o640);
  // Only root can give a file to others; for anybody else it stays with its owner.
  if (process.getuid?.() === 0) chownSync(path, 1234, 4321);
  const { uid, gid } = statSync(path);
  makeKey(args('second', 'admin'), env);
  expect(statSync(path)).toMatchObject({ uid, gid, mode: 0o100640 });
});

it('what was known stays when the file holds what cannot be used', () => {
  const { key, path } = makeKey(args('stays', 'admin'), { API_KEYS_FILE: join(folder, 'damaged.json') });
  const ring = openKeyRing(path, logger, 0);
  writeFileSync(path, '{"keys": [');
  expect(ring.find(key)).toBeDefined();
  expect(ring.find(key)).toBeDefined();
});

it('an empty list ends every key at once, and a key that comes back counts again', () => {
  const { key, path } = makeKey(args('ended', 'admin'), { API_KEYS_FILE: join(folder, 'emptied.json') });
  const before = readFileSync(path, 'utf8');
  const ring = openKeyRing(path, logger, 0);
  writeFileSync(path, '{"keys": []}');
  expect(ring.find(key)).toBeUndefined();
  expect(() => openKeyRing(path, logger)).toThrow(/has no key: npm run key/);
  writeFileSync(path, before);
  expect(ring.find(key)).toBeDefined();
});

it.each([
  ['has gone', (path: string) => rmSync(path)],
  ['holds nothing', (path: string) => writeFileSync(path, '')],
])('a file that %s ends every key, unless it is back at the next look', (how, lose) => {
  const { key, path } = makeKey(args('lost', 'admin'), { API_KEYS_FILE: join(folder, `${how}.json`) });
  const before = readFileSync(path, 'utf8');
  const ring = openKeyRing(path, logger, 0);
  lose(path);
  expect(ring.find(key)).toBeDefined();
  writeFileSync(path, before);
  expect(ring.find(key)).toBeDefined();
  lose(path);
  expect(ring.find(key)).toBeDefined();
  expect(ring.find(key)).toBeUndefined();
  expect(ring.withHash(hashOf(key))).toBeUndefined();
  writeFileSync(path, before);
  expect(ring.find(key)).toBeDefined();
});

it('a file that cannot be used at the start is refused, and nothing of it is shown', () => {
  expect(() => openKeyRing(join(folder, 'none.json'), logger)).toThrow(/ENOENT.*npm run key/);
  const path = join(folder, 'secret.json');
  writeFileSync(path, '{"keys": [{"name": "a", "role": "admin", "sha256": "ty_secret"}]}');
  expect(() => openKeyRing(path, logger)).toThrow(/keys\.0\.sha256/);
  expect(() => openKeyRing(path, logger)).not.toThrow(/ty_secret/);
});
