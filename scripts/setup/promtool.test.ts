import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { promtoolForTests } from './promtool.mjs';

/** A folder with stand-ins for the programs of a machine; PATH holds it alone. */
let bin: string;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trainyard-promtool-'));
  bin = join(root, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function program(name: string, script: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the one on the PATH is taken as it is', async () => {
  const path = program('promtool', '');
  expect(await promtoolForTests(root, { PATH: bin })).toEqual({ path, skipped: null });
});

test("else it is taken out of Debian's package, once, and nothing else is kept", async () => {
  program('apt-get', ': > prometheus_2_amd64.deb');
  program('dpkg-deb', '/bin/mkdir -p "$3/usr/bin"; : > "$3/usr/bin/promtool"');
  const path = join(root, '.data', 'promtool', 'promtool');
  expect(await promtoolForTests(root, { PATH: bin })).toEqual({ path, skipped: null });
  program('apt-get', 'exit 1');
  expect(await promtoolForTests(root, { PATH: bin })).toEqual({ path, skipped: null });
  expect(existsSync(join(root, '.data', 'promtool', 'package'))).toBe(false);
});

test('without either the tests are skipped with a line that says why; under CI it is an error', async () => {
  program('apt-get', 'echo "E: No packages found"; exit 100');
  const { path, skipped } = await promtoolForTests(root, { PATH: bin });
  expect(path).toBeNull();
  expect(skipped).toMatch(/^SKIPPED, for want of a promtool.*No packages found.*Install Prometheus/);
  await expect(promtoolForTests(root, { PATH: bin, CI: 'true' })).rejects.toThrow(/Under CI no test is skipped/);
});
