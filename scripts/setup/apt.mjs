/** Installs a package of Debian or Ubuntu, as root or with sudo that asks for no password. */
import { existsSync } from 'node:fs';
import { capture, whereIs } from './exec.mjs';
import { timed } from './say.mjs';

/** @typedef {(command: string[]) => Promise<import('./exec.mjs').Outcome>} AsRoot */

/**
 * @param {string} name of the package
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reason when the answer is null
 * @returns {Promise<AsRoot | null>} runs more commands as root, once the package is installed
 */
export async function installByApt(name, env, tried) {
  const asRoot = await rootForApt(env, tried);
  if (asRoot === null) return null;
  const { code, output } = await timed(`Installing ${name} (apt-get install)`, async () => {
    await asRoot(['apt-get', 'update']);
    return asRoot(['apt-get', 'install', '-y', '--no-install-recommends', name]);
  });
  if (code === 0) return asRoot;
  tried.push(`apt: ${output.trim().split('\n').slice(-3).join(' ')}`);
  return null;
}

/**
 * Gets the lists of packages anew.
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reason when the answer is false
 * @returns {Promise<boolean>}
 */
export async function refreshApt(env, tried) {
  const asRoot = await rootForApt(env, tried);
  return asRoot !== null && (await asRoot(['apt-get', 'update'])).code === 0;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reason when the answer is null
 * @returns {Promise<AsRoot | null>}
 */
async function rootForApt(env, tried) {
  if (!existsSync('/etc/debian_version') || whereIs('apt-get', env) === null) {
    tried.push('apt: this is not Debian or Ubuntu');
    return null;
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && (await capture('sudo', ['-n', 'true'], { env })).code !== 0) {
    tried.push('apt: needs root, or sudo without a password');
    return null;
  }
  return (command) =>
    capture(isRoot ? 'env' : 'sudo', [...(isRoot ? [] : ['-n', 'env']), 'DEBIAN_FRONTEND=noninteractive', ...command], {
      env,
    });
}
