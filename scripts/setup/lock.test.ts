import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('one at a time, and nothing is left behind', async () => {
  const path = join(folder, 'below', '.lock');
  let inside = 0;
  const visit = () =>
    withLock(path, 'testing', async () => {
      expect(++inside).toBe(1);
      await new Promise(setImmediate);
      inside--;
    });
  await Promise.all([visit(), visit(), visit()]);
  expect(existsSync(path)).toBe(false);
});

test('a failure gives the lock back', async () => {
  const path = join(folder, '.lock');
  await expect(withLock(path, 'testing', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await withLock(path, 'testing', async () => 'free')).toBe('free');
});

test('the lock of a process that died is taken over, by one at a time', async () => {
  const path = join(folder, '.lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(path, JSON.stringify({ pid, host: hostname(), nonce: 'of the dead' }));
  let inside = 0;
  const visit = () =>
    withLock(path, 'testing', async () => {
      expect(++inside).toBe(1);
      await new Promise(setImmediate);
      inside--;
    });
  await Promise.all([visit(), visit()]);
});
