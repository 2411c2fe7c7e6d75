import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useStandIns } from '../testing/stand-ins.ts';
import { lookForS3Server, needsS3Server, s3ServerForTests } from './s3-server.mjs';

const machine = useStandIns();
const { program } = machine;

/** Makes an "environment" in which every program does nothing, and well. */
const PYTHON = `/bin/mkdir -p "$3/bin"
for name in python moto_server; do printf '#!/bin/sh\\n' > "$3/bin/$name"; /bin/chmod +x "$3/bin/$name"; done`;

test('the one on the PATH is taken as it is', async () => {
  const path = program('moto_server', '');
  expect(await s3ServerForTests(machine.root, { PATH: machine.bin })).toEqual({ path, skipped: null });
});

test('else one is installed by pip for the checkout, once', async () => {
  program('moto_server', 'echo "pyenv: moto_server: command not found"; exit 127');
  program('python3', PYTHON);
  const path = join(machine.root, '.data', 'moto', 'bin', 'moto_server');
  expect(await s3ServerForTests(machine.root, { PATH: machine.bin })).toEqual({ path, skipped: null });
  program('python3', 'exit 1');
  expect(await s3ServerForTests(machine.root, { PATH: machine.bin })).toEqual({ path, skipped: null });
});

test('an installation that failed leaves nothing behind; the tests are skipped with a line that says why', async () => {
  program('python3', 'echo "No module named venv"; exit 1');
  const { path, skipped } = await s3ServerForTests(machine.root, { PATH: machine.bin });
  expect(path).toBeNull();
  expect(skipped).toMatch(/^SKIPPED, for want of an S3 server.*No module named venv.*Install Python/);
  expect(skipped).not.toContain('\n');
  expect(lookForS3Server(machine.root, { PATH: machine.bin })).toBeNull();
});

test('under CI it is an error', async () => {
  await expect(s3ServerForTests(machine.root, { PATH: machine.bin, CI: 'true' })).rejects.toThrow(
    /Under CI no test is skipped.*python3: not on the PATH/,
  );
});

test('asked for only when a test of the S3 store is to run', () => {
  expect(needsS3Server([])).toBe(true);
  expect(needsS3Server(['shared/checkpoints'])).toBe(true);
  expect(needsS3Server(['scripts/setup', 'api/board'])).toBe(false);
});
