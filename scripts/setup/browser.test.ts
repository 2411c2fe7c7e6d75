import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { browserForTests, findBrowser, lookForBrowser, needsBrowser } from './browser.mjs';

/** A folder with stand-ins for the programs of a machine; PATH holds it alone. */
let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'trainyard-bin-'));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function program(name: string, script: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const CHROMIUM = 'echo "Chromium 150.0.7871.100 built on Debian GNU/Linux"';
const STUB = 'echo "Command requires the chromium snap to be installed."; exit 1';

test('the one of CHROMIUM_PATH comes before those on the PATH', async () => {
  program('chromium', CHROMIUM);
  const path = program('mine', 'echo "Google Chrome 149.0.1.2"');
  expect(await lookForBrowser({ PATH: bin, CHROMIUM_PATH: path }, [])).toEqual({ path, version: '149.0.1.2' });
});

test('a CHROMIUM_PATH that does not run is refused, whatever else is there', async () => {
  program('chromium', CHROMIUM);
  const path = join(bin, 'nowhere');
  await expect(lookForBrowser({ PATH: bin, CHROMIUM_PATH: path }, [])).rejects.toThrow(
    `CHROMIUM_PATH is no Chromium that runs: ${path} does not run`,
  );
});

test('on the PATH, past one that does not run', async () => {
  program('chromium-browser', STUB);
  const path = program('google-chrome', 'echo "Google Chrome 149.0.1.2"');
  expect(await findBrowser({ PATH: bin }, [])).toEqual({ path, version: '149.0.1.2' });
});

test.runIf(existsSync('/etc/debian_version'))('installed by apt where none is there', async () => {
  program('env', 'shift; exec "$@"');
  program('sudo', 'while [ $# -gt 0 ] && [ "$1" != apt-get ]; do shift; done; [ $# -eq 0 ] || exec "$@"');
  const path = join(bin, 'chromium');
  const install = `printf '%s\\n' '#!/bin/sh' '${CHROMIUM}' > ${path}; /bin/chmod +x ${path}`;
  program('apt-get', `[ "$*" != "install -y --no-install-recommends chromium" ] || { ${install}; }`);
  expect(await findBrowser({ PATH: bin }, [])).toEqual({ path, version: '150.0.7871.100' });
});

test('without one the tests are skipped with a line that says why and what to do; under CI it is an error', async () => {
  program('chromium-browser', STUB);
  const { path, skipped } = await browserForTests({ PATH: bin });
  expect(path).toBeNull();
  expect(skipped).toMatch(
    /^SKIPPED.*chromium-browser does not run \(Command requires the chromium snap.*CHROMIUM_PATH/,
  );
  expect(skipped).not.toContain('\n');
  await expect(browserForTests({ PATH: bin, CI: 'true' })).rejects.toThrow(
    /Under CI no test is skipped.*CHROMIUM_PATH/,
  );
});

test('asked for only when a test in a browser is to run', () => {
  expect(needsBrowser([])).toBe(true);
  expect(needsBrowser(['api/board'])).toBe(true);
  expect(needsBrowser(['worker/data', 'api/jobs.redis.test.js'])).toBe(false);
});
