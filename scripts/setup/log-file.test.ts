import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogFile } from './log-file.mjs';

test('a log grows on at the next start, and one previous file is kept when it is full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-log-'));
  try {
    const path = join(folder, 'logs', 'api.log');
    openLogFile(path, 10).write('one\n');
    const log = openLogFile(path, 10);
    log.write('two\n');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    log.write('three\n');
    expect(readFileSync(`${path}.previous`, 'utf8')).toBe('one\ntwo\nthree\n');
    log.write('four is long enough by itself\n');
    expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['api.log', 'api.log.previous']);
    expect(readFileSync(`${path}.previous`, 'utf8')).toBe('four is long enough by itself\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// Linux has a device on which every write fails as on a full disk.
test.runIf(existsSync('/dev/full'))('a full disk costs lines of the log, and nothing else', () => {
  expect(() => openLogFile('/dev/full').write('a line for which there is no space\n')).not.toThrow();
});
