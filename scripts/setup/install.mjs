/** Installs the packages of package-lock.json when what lies in node_modules is anything else. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { capture } from './exec.mjs';
import { withLock } from './lock.mjs';
import { note, SetupError, timed } from './say.mjs';

/** @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[] }} LockedPackage */
/** @typedef {{ packages: Record<string, LockedPackage> }} Lockfile */

/** @param {string} root */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  await withLock(join(root, 'dist', '.setup.lock'), 'setting up the checkout', async () => {
    if (isInstalled(root)) return;
    await timed('Installing packages (npm ci)', () => installPackages(root));
  });
}

/**
 * npm keeps in node_modules a list of what it has put there, written last: it must tell the same as package-lock.json.
 * @param {string} root
 */
export function isInstalled(root) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = readLockfile(join(root, 'package-lock.json'));
  const present = readLockfile(installed);
  return (
    agreesWithManifest(wanted, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))) &&
    Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || (present[path] ? present[path].version === version : optional === true),
    ) &&
    Object.entries(present).every(
      ([path, { os, cpu }]) => wanted[path] !== undefined && fits(os, process.platform) && fits(cpu, process.arch),
    )
  );
}

/** @param {string} path @returns {Record<string, LockedPackage>} */
function readLockfile(path) {
  return /** @type {Lockfile} */ (JSON.parse(readFileSync(path, 'utf8'))).packages;
}

/**
 * A dependency written into package.json alone: `npm ci` will say so better than a failing import.
 * @param {Record<string, LockedPackage>} wanted
 * @param {Record<string, Record<string, string> | undefined>} manifest
 */
function agreesWithManifest(wanted, manifest) {
  const asLocked = /** @type {Record<string, Record<string, string> | undefined>} */ (wanted['']);
  return ['dependencies', 'devDependencies', 'optionalDependencies'].every((section) => {
    const names = Object.entries(manifest[section] ?? {});
    return names.every(([name, version]) => asLocked?.[section]?.[name] === version);
  });
}

/** @param {string[] | undefined} allowed `["linux"]` or `["!win32"]` @param {string} here */
function fits(allowed, here) {
  if (allowed === undefined) return true;
  if (allowed.includes(`!${here}`)) return false;
  return allowed.includes(here) || allowed.every((name) => name.startsWith('!'));
}

/**
 * The npm that runs this script, else the one of the PATH.
 * @param {string[]} args
 * @param {{ cwd: string }} options
 */
export function npm(args, options) {
  const running = process.env.npm_execpath;
  return running && basename(running).startsWith('npm')
    ? capture(process.execPath, [running, ...args], options)
    : capture('npm', args, options);
}

/** @param {string} root */
async function installPackages(root) {
  // Build and test need the development packages, whatever NODE_ENV says.
  const { code, output } = await npm(['ci', '--include=dev'], { cwd: root });
  if (code === 0) return;
  note(output.trimEnd());
  throw new SetupError(
    `npm ci failed with exit code ${code}, for the reason above. It needs the npm registry (or a mirror, set as ` +
      '`registry` in your ~/.npmrc) and a writable checkout. Run the command again once that is mended.',
  );
}
