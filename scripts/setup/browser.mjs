/** Finds a Chromium for the tests: the one of CHROMIUM_PATH, else on the PATH, else in macOS's folder, else by apt. */
import { installByApt } from './apt.mjs';
import { areAsked } from './asked-tests.mjs';
import { capture, isExecutable, whereIs } from './exec.mjs';
import { foundOrSkipped } from './needed-by-tests.mjs';
import { SetupError } from './say.mjs';

/** @typedef {{ path: string, version: string }} Browser */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ON_MACOS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * @param {string[]} files parts of paths, as `npm test` takes them; none means all
 * @returns {boolean} whether any test of them is one in a browser
 */
export function needsBrowser(files) {
  return areAsked(files, /\.browser\.test\.js$/);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('./needed-by-tests.mjs').Needed>}
 */
export async function browserForTests(env) {
  /** @type {string[]} */
  const tried = [];
  const browser = await findBrowser(env, tried);
  const remedy = 'Install chromium so that it is on the PATH (macOS: Google Chrome), or set CHROMIUM_PATH.';
  return foundOrSkipped(browser, { what: 'a Chromium', tests: '*.browser.test.ts', tried, remedy }, env);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reasons when the answer is null
 * @returns {Promise<Browser | null>} installed by apt where none is there
 */
export async function findBrowser(env, tried) {
  const present = await lookForBrowser(env, tried);
  if (present !== null || (await installByApt('chromium', env, tried)) === null) return present;
  return lookForBrowser(env, tried);
}

/**
 * Installs nothing.
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reasons when the answer is null
 * @returns {Promise<Browser | null>}
 */
export async function lookForBrowser(env, tried) {
  if (env.CHROMIUM_PATH) {
    const version = await versionOf(env.CHROMIUM_PATH, tried);
    if (version !== null) return { path: env.CHROMIUM_PATH, version };
    throw new SetupError(`CHROMIUM_PATH is no Chromium that runs: ${tried.at(-1)}. Mend it or leave it unset.`);
  }
  const onPath = NAMES.map((name) => whereIs(name, env)).filter((path) => path !== null);
  if (onPath.length === 0) tried.push(`not on the PATH: ${NAMES.join(', ')}`);
  for (const path of [...onPath, ...ON_MACOS.filter(isExecutable)]) {
    const version = await versionOf(path, tried);
    if (version !== null) return { path, version };
  }
  return null;
}

/**
 * Asked, since Ubuntu's `chromium-browser` without its snap, and a missing library, show only when it is run.
 * @param {string} path
 * @param {string[]} tried
 * @returns {Promise<string | null>}
 */
async function versionOf(path, tried) {
  const { code, output } = await capture(path, ['--version'], { timeoutMs: 30_000 });
  const version = /\d+\.\d+\.\d+\.\d+/.exec(output)?.[0];
  if (code === 0 && version !== undefined) return version;
  tried.push(`${path} does not run (${output.trim().split('\n').at(-1)?.slice(0, 200)})`);
  return null;
}
