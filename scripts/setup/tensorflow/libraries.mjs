/** TensorFlow's two libraries and the headers of its C interface: out of a wheel, or a build of libtensorflow. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { capture } from '../exec.mjs';
import { SetupError, timed } from '../say.mjs';
import { unzip } from '../zip.mjs';
import { placesIn } from './places.mjs';

/** In the wheel: of its 4,000 headers the binding reads 14, all of them in these folders. */
const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const INCLUDE = 'tensorflow/include/';
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/c/'];

/** What the binding is linked with, by the names that it knows. */
const LINKS = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
};

/**
 * @param {string} wheel its path
 * @param {string} folder comes to be, whole or not at all
 */
export async function unpackWheel(wheel, folder) {
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const { libraries, headers } = placesIn(draft);
  await timed(`Unpacking ${basename(wheel)}`, async () => {
    const taken = await unzip(wheel, (name) => {
      if (LIBRARIES.includes(name)) return join(libraries, basename(name));
      const header = name.startsWith(INCLUDE) ? name.slice(INCLUDE.length) : '';
      return HEADERS.some((start) => header.startsWith(start)) && header.endsWith('.h') ? join(headers, header) : null;
    });
    const missing = LIBRARIES.filter((name) => !taken.includes(name));
    if (missing.length > 0) throw new SetupError(`${wheel} does not hold ${missing.join(' and ')}.`);
  });
  for (const [link, target] of Object.entries(LINKS)) symlinkSync(target, join(libraries, link));
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/**
 * A build of libtensorflow, such as the stock 2.9.1 for drivers that know CUDA 11, has the folders that are wanted.
 * @param {string} path a .tar.gz, or a folder
 * @param {string} folder comes to be, whole or not at all
 */
export async function copyLibtensorflow(path, folder) {
  const draft = `${folder}.draft`;
  const deps = join(draft, 'deps');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(deps, { recursive: true });
  if (!existsSync(path)) throw new SetupError(`--libtensorflow ${path}: there is no such file or folder.`);
  if (statSync(path).isDirectory()) {
    for (const name of ['lib', 'include'].filter((it) => existsSync(join(path, it)))) {
      cpSync(join(path, name), join(deps, name), { recursive: true, verbatimSymlinks: true });
    }
  } else {
    const { code, output } = await capture('tar', ['-xzf', path, '-C', deps]);
    if (code !== 0) throw new SetupError(`--libtensorflow ${path} cannot be unpacked: ${output.trim()}`);
  }
  const wanted = ['lib/libtensorflow.so', 'lib/libtensorflow_framework.so', 'include/tensorflow/c/c_api.h'];
  const missing = wanted.filter((name) => !existsSync(join(deps, name)));
  if (missing.length > 0) throw new SetupError(`--libtensorflow ${path} does not hold ${missing.join(', ')}.`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/** @param {string} folder where a wheel was unpacked */
export function hasLibraries(folder) {
  const { libraries, headers } = placesIn(folder);
  const names = Object.keys(LINKS).map((link) => join(libraries, link));
  return [...names, join(headers, 'tensorflow', 'c', 'c_api.h')].every((path) => existsSync(path));
}
