/** What has to be there before anything is fetched: said at once, rather than after half a gigabyte. */
import { existsSync, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { whereIs } from '../exec.mjs';
import { SetupError } from '../say.mjs';
import { megabytes } from './download.mjs';
import { packageFolder } from './places.mjs';
import { LEAST_GLIBC } from './wheels.mjs';

/**
 * @param {string} root of the checkout
 */
export function requirePackages(root) {
  if (!existsSync(packageFolder(root)) || !existsSync(join(root, 'node_modules', 'node-api-headers'))) {
    throw new SetupError(
      '@tensorflow/tfjs-node-gpu and node-api-headers are not in node_modules: they are optional, and npm could not ' +
        'fetch them, or was told to leave them out. Run npm ci --include=optional, and then this again.',
    );
  }
}

/** @param {NodeJS.ProcessEnv} env @returns {string} its path */
export function requireCompiler(env) {
  const compiler = env.CXX ? (existsSync(env.CXX) ? env.CXX : whereIs(env.CXX, env)) : whereIs('g++', env);
  if (compiler !== null) return compiler;
  throw new SetupError(
    `No C++ compiler: ${env.CXX ? `CXX is ${JSON.stringify(env.CXX)}, which is not there` : 'g++ is not on the PATH'}. ` +
      'Install it (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++), or name another one in CXX.',
  );
}

/** @returns {string | null} */
function glibcVersion() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header.glibcVersionRuntime ?? null;
}

/** @param {string | null} version null: another C library, such as musl */
export function requireGlibc(version = glibcVersion()) {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_GLIBC.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new SetupError(
    `TensorFlow's libraries need glibc ${LEAST_GLIBC} or newer, and this system has ` +
      `${version === null ? 'another C library (Alpine has musl)' : version}. Debian 10, Ubuntu 18.10, RHEL 8 and newer have it.`,
  );
}

/**
 * @param {string} folder where the files are to lie
 * @param {number} bytes
 */
export async function requireSpace(folder, bytes) {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new SetupError(
    `Setting TensorFlow up needs ${megabytes(bytes)} in ${folder}, and ${megabytes(free)} are free. Make room there.`,
  );
}
