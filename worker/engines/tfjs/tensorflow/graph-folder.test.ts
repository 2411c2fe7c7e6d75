import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { removeFoldersOfTheDead, withGraphFolder } from './graph-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-tmp-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('a folder that a killed process could not remove is removed, and none of a process that lives', async () => {
  const module = new URL('./graph-folder.js', import.meta.url).href;
  const script = `const { withGraphFolder } = await import('${module}');
    withGraphFolder((folder) => {
      process.stdout.write(folder);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [name] = await once(child.stdout, 'data');
  removeFoldersOfTheDead();
  expect(existsSync(String(name))).toBe(true);

  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(String(name))).toBe(true);
  removeFoldersOfTheDead();
  expect(readdirSync(folder)).toEqual([]);
});

it('one of this process is of an earlier process of its id', () => {
  mkdtempSync(join(folder, `trainyard-graph-${process.pid}-`));
  removeFoldersOfTheDead();
  expect(readdirSync(folder)).toEqual([]);
});

it('is gone after use, also if that fails', () => {
  const use = (used: string) => {
    expect(existsSync(used)).toBe(true);
    throw new Error('no such op');
  };
  expect(() => withGraphFolder(use)).toThrow('no such op');
  expect(readdirSync(folder)).toEqual([]);
});
