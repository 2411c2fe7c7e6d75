/** Finds a promtool that tries the alerts for the tests: on the PATH, else out of Debian's package `prometheus`. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { refreshApt } from './apt.mjs';
import { areAsked } from './asked-tests.mjs';
import { capture, whereIs } from './exec.mjs';
import { withLock } from './lock.mjs';
import { foundOrSkipped } from './needed-by-tests.mjs';
import { timed } from './say.mjs';

/**
 * @param {string[]} files parts of paths, as `npm test` takes them; none means all
 * @returns {boolean} whether any test of them tries the alerts
 */
export function needsPromtool(files) {
  return areAsked(files, /\.promtool\.test\.js$/);
}

/**
 * @param {string} root of the checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('./needed-by-tests.mjs').Needed>} under CI an error instead of a line
 */
export async function promtoolForTests(root, env) {
  /** @type {string[]} */
  const tried = [];
  const path = whereIs('promtool', env) ?? (await promtoolOfDebian(root, env, tried));
  return foundOrSkipped(
    path === null ? null : { path },
    {
      what: 'a promtool',
      tests: '*.promtool.test.ts',
      tried,
      remedy: 'Install Prometheus so that promtool is on the PATH.',
    },
    env,
  );
}

/**
 * The package is unpacked, not installed: that would start a Prometheus on this machine.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reason when the answer is null
 * @returns {Promise<string | null>}
 */
async function promtoolOfDebian(root, env, tried) {
  const folder = join(root, '.data', 'promtool');
  const path = join(folder, 'promtool');
  await withLock(join(root, '.data', 'promtool.lock'), 'fetching promtool', async () => {
    if (existsSync(path)) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await timed('Fetching promtool (apt-get download)', () => fetchPromtool(folder, env, tried));
  });
  return existsSync(path) ? path : null;
}

/**
 * @param {string} folder where it is kept
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried
 */
async function fetchPromtool(folder, env, tried) {
  const download = () => capture('apt-get', ['download', 'prometheus'], { cwd: folder, env });
  let fetched = await download();
  if (fetched.code !== 0 && (await refreshApt(env, tried))) fetched = await download();
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (fetched.code !== 0 || archive === undefined) {
    tried.push(`apt-get download prometheus: ${fetched.output.trim().split('\n').slice(-2).join(' ')}`);
    return;
  }
  const unpacked = await capture('dpkg-deb', ['-x', archive, 'package'], { cwd: folder, env });
  if (unpacked.code === 0) renameSync(join(folder, 'package', 'usr', 'bin', 'promtool'), join(folder, 'promtool'));
  else tried.push(`dpkg-deb: ${unpacked.output.trim()}`);
  for (const name of [archive, 'package']) rmSync(join(folder, name), { recursive: true, force: true });
}
