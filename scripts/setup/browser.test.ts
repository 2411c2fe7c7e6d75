import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useStandIns } from '../testing/stand-ins.ts';
import { browserForTests, findBrowser, lookForBrowser, needsBrowser } from './browser.mjs';

const machine = useStandIns();
const { program } = machine;

const CHROMIUM = 'echo "Chromium 150.0.7871.100 built on Debian GNU/Linux"';
const STUB = 'echo "Command requires the chromium snap to be installed."; exit 1';

test('the one of CHROMIUM_PATH comes before those on the PATH', async () => {
  program('chromium', CHROMIUM);
  const path = program('mine', 'echo "Google Chrome 149.0.1.2"');
  expect(await lookForBrowser({ PATH: machine.bin, CHROMIUM_PATH: path }, [])).toEqual({ path, version: '149.0.1.2' });
});

test('a CHROMIUM_PATH that does not run is refused, whatever else is there', async () => {
  program('chromium', CHROMIUM);
  const path = join(machine.bin, 'nowhere');
  await expect(lookForBrowser({ PATH: machine.bin, CHROMIUM_PATH: path }, [])).rejects.toThrow(
    `CHROMIUM_PATH is no Chromium that runs: ${path} does not run`,
  );
});

test('on the PATH, past one that does not run', async () => {
  program('chromium-browser', STUB);
  const path = program('google-chrome', 'echo "Google Chrome 149.0.1.2"');
  expect(await findBrowser({ PATH: machine.bin }, [])).toEqual({ path, version: '149.0.1.2' });
});

test.runIf(existsSync('/etc/debian_version'))('installed by apt where none is there', async () => {
  program('env', 'shift; exec "$@"');
  program('sudo', 'while [ $# -gt 0 ] && [ "$1" != apt-get ]; do shift; done; [ $# -eq 0 ] || exec "$@"');
  const path = join(machine.bin, 'chromium');
  const install = `printf '%s\\n' '#!/bin/sh' '${CHROMIUM}' > ${path}; /bin/chmod +x ${path}`;
  program('apt-get', `[ "$*" != "install -y --no-install-recommends chromium" ] || { ${install}; }`);
  expect(await findBrowser({ PATH: machine.bin }, [])).toEqual({ path, version: '150.0.7871.100' });
});

test('without one the tests are skipped with a line that says why and what to do; under CI it is an error', async () => {
  program('chromium-browser', STUB);
  const { path, skipped } = await browserForTests({ PATH: machine.bin });
  expect(path).toBeNull();
  expect(skipped).toMatch(
    /^SKIPPED.*chromium-browser does not run \(Command requires the chromium snap.*CHROMIUM_PATH/,
  );
  expect(skipped).not.toContain('\n');
  await expect(browserForTests({ PATH: machine.bin, CI: 'true' })).rejects.toThrow(
    /Under CI no test is skipped.*CHROMIUM_PATH/,
  );
});

test('asked for only when a test in a browser is to run', () => {
  expect(needsBrowser([])).toBe(true);
  expect(needsBrowser(['api/board'])).toBe(true);
  expect(needsBrowser(['worker/data', 'api/jobs.redis.test.js'])).toBe(false);
});
