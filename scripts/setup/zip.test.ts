import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { zipOf } from '../testing/zip-of.ts';
import { unzip } from './zip.mjs';

/** Of one file, a.txt, with `yard ` twenty times, deflated by Python's zipfile. */
const ZIP = Buffer.from(
  'UEsDBBQAAAAIALR0eF1PtdnqCgAAAGQAAAAFAAAAYS50eHSrTCxKUaikLQEAUEsBAhQDFAAAAAgAtHR4XU+12eoKAAAAZAAAAAUAAAAAAAAAAAAAAIABAAAAAGEudHh0UEsFBgAAAAABAAEAMwAAAC0AAAAAAA==',
  'base64',
);

let folder: string;
let archive: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-zip-'));
  archive = join(folder, 'archive.zip');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file is taken out of a zip archive, into a folder of its own', async () => {
  writeFileSync(archive, ZIP);
  const path = join(folder, 'below', 'a.txt');
  expect(await unzip(archive, () => path)).toEqual(['a.txt']);
  expect(readFileSync(path, 'utf8')).toBe('yard '.repeat(20));
});

test('only what is asked for', async () => {
  writeFileSync(archive, ZIP);
  expect(await unzip(archive, (name) => (name === 'b.txt' ? join(folder, name) : null))).toEqual([]);
  expect(existsSync(join(folder, 'b.txt'))).toBe(false);
});

test('what is no archive is refused by name', async () => {
  writeFileSync(archive, 'no');
  await expect(unzip(archive, () => null)).rejects.toThrow(`${archive} is not a zip archive`);
});

test('files of many blocks, deflated or stored, come out as they went in', async () => {
  const files = {
    'large.bin': randomBytes(20_000_000),
    'below/zeros.bin': Buffer.alloc(30_000_000),
    empty: Buffer.of(),
  };
  writeFileSync(archive, zipOf(files));
  expect(await unzip(archive, (name) => join(folder, name))).toEqual(Object.keys(files));
  for (const [name, content] of Object.entries(files))
    expect(readFileSync(join(folder, name)).equals(content)).toBe(true);
});
