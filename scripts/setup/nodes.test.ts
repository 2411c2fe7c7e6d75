import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { otherMajors, unpackNode } from './nodes.mjs';

let folder: string;
let archive: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-nodes-'));
  mkdirSync(join(folder, 'package', 'bin'), { recursive: true });
  writeFileSync(join(folder, 'package', 'bin', 'node'), 'a binary');
  mkdirSync(join(folder, 'draft'));
  archive = join(folder, 'draft', 'node.tgz');
  spawnSync('tar', ['-czf', archive, '-C', folder, 'package']);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sumOf = (path: string) => `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;

test.each([
  ['20.19.1', ['22', '24']],
  ['22.1.0', ['20', '24']],
  ['24.21.0', ['20', '22']],
  ['26.0.0', ['20', '22', '24']],
])('beside Node %s the others are %j', (running, majors) => {
  expect(otherMajors(running).map(({ version }) => version.split('.')[0])).toEqual(majors);
});

test('the binary takes the place of its archive', async () => {
  await unpackNode(archive, sumOf(archive));
  expect(readFileSync(join(folder, 'draft', 'bin', 'node'), 'utf8')).toBe('a binary');
  expect(() => readFileSync(archive)).toThrow(/ENOENT/);
});

test('an archive with another sum is refused', async () => {
  const sum = sumOf(archive);
  writeFileSync(archive, 'something else');
  await expect(unpackNode(archive, sum)).rejects.toThrow(/is not what it should be: its sum is sha512-.*, not sha512-/);
});
