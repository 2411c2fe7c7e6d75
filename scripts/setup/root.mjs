/** Where the package lies, from the source as from the compiled copy in dist/: the nearest folder with a package.json. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @param {string} folder @returns {string} */
function nearestPackage(folder) {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('no package.json above the scripts: the checkout is incomplete');
  return nearestPackage(above);
}

export const ROOT = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/**
 * The folder for everything a yard keeps: Redis data, checkpoints, logs.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} DATA_DIR, or `.data` in the checkout; absolute
 */
export function dataFolder(env) {
  return env.DATA_DIR ? resolve(env.DATA_DIR) : join(ROOT, '.data');
}
