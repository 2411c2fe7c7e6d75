import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { removeOldFolders, withGraphFolder } from './graph-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-tmp-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('a folder that is an hour old was left by a process that was killed; one in use stays, whosever it is', () => {
  const left = mkdtempSync(join(folder, 'trainyard-graph-'));
  mkdirSync(join(folder, 'trainyard-other'));
  withGraphFolder((used) => {
    removeOldFolders();
    expect([left, used].map((each) => existsSync(each))).toEqual([true, true]);
  });
  removeOldFolders(Date.now() + 3_700_000);
  expect(readdirSync(folder)).toEqual(['trainyard-other']);
});

it('is gone after use, also if that fails', () => {
  const use = (used: string) => {
    expect(existsSync(used)).toBe(true);
    throw new Error('no such op');
  };
  expect(() => withGraphFolder(use)).toThrow('no such op');
  expect(readdirSync(folder)).toEqual([]);
});
