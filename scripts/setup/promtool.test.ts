import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useStandIns } from '../testing/stand-ins.ts';
import { promtoolForTests } from './promtool.mjs';

const machine = useStandIns();
const { program } = machine;

test('the one on the PATH is taken as it is', async () => {
  const path = program('promtool', '');
  expect(await promtoolForTests(machine.root, { PATH: machine.bin })).toEqual({ path, skipped: null });
});

test("else it is taken out of Debian's package, once, and nothing else is kept", async () => {
  program('apt-get', ': > prometheus_2_amd64.deb');
  program('dpkg-deb', '/bin/mkdir -p "$3/usr/bin"; : > "$3/usr/bin/promtool"');
  const path = join(machine.root, '.data', 'promtool', 'promtool');
  expect(await promtoolForTests(machine.root, { PATH: machine.bin })).toEqual({ path, skipped: null });
  program('apt-get', 'exit 1');
  expect(await promtoolForTests(machine.root, { PATH: machine.bin })).toEqual({ path, skipped: null });
  expect(existsSync(join(machine.root, '.data', 'promtool', 'package'))).toBe(false);
});

test('without either the tests are skipped with a line that says why; under CI it is an error', async () => {
  program('apt-get', 'echo "E: No packages found"; exit 100');
  const { path, skipped } = await promtoolForTests(machine.root, { PATH: machine.bin });
  expect(path).toBeNull();
  expect(skipped).toMatch(/^SKIPPED, for want of a promtool.*No packages found.*Install Prometheus/);
  await expect(promtoolForTests(machine.root, { PATH: machine.bin, CI: 'true' })).rejects.toThrow(
    /Under CI no test is skipped/,
  );
});
