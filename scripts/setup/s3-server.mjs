/**
 * Finds an S3 server for the tests: moto's, on the PATH or in a Python environment of the checkout's own, which pip
 * fills. It is pinned there with all that it brings; maintained, and its answers are those that boto3 is tested with.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installByApt } from './apt.mjs';
import { areAsked } from './asked-tests.mjs';
import { capture, whereIs } from './exec.mjs';
import { withLock } from './lock.mjs';
import { foundOrSkipped } from './needed-by-tests.mjs';
import { timed } from './say.mjs';

/** What moto 5.2.5 needs to serve S3, and no other of Amazon's services (its extra `server` brings 60 packages). */
const PACKAGES = [
  'moto==5.2.5',
  'blinker==1.9.0',
  'boto3==1.44.8',
  'botocore==1.44.8',
  'certifi==2026.10.19.post1',
  'cffi==2.1.1',
  'charset-normalizer==3.5.2',
  'click==8.5.1',
  'cryptography==50.0.2',
  'flask==3.1.3',
  'flask-cors==6.0.5',
  'idna==3.20',
  'itsdangerous==2.2.0',
  'jinja2==3.1.6',
  'jmespath==1.1.0',
  'markupsafe==3.0.4',
  'py-partiql-parser==0.6.3',
  'pycparser==3.12',
  'python-dateutil==2.9.0.post0',
  'pyyaml==6.0.4',
  'requests==2.34.2',
  'responses==0.26.3',
  's3transfer==0.19.3',
  'six==1.17.0',
  'urllib3==2.8.0',
  'werkzeug==3.1.9',
  'xmltodict==1.0.4',
];

/** @param {string[]} files parts of paths, as `npm test` takes them; none means all */
export function needsS3Server(files) {
  return areAsked(files, /\.s3(\.redis)?\.test\.js$/);
}

/**
 * @param {string} root of the checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('./needed-by-tests.mjs').Needed>} path of moto_server
 */
export async function s3ServerForTests(root, env) {
  /** @type {string[]} */
  const tried = [];
  const found = lookForS3Server(root, env);
  // asked, since pyenv puts the names of programs on the PATH that its chosen Python does not have
  const runs = found !== null && (await capture(found, ['--help'], { env, timeoutMs: 60_000 })).code === 0;
  if (found !== null && !runs) tried.push(`${found} does not run`);
  const path = runs ? found : await installS3Server(root, env, tried);
  const remedy = `Install Python 3.10 or newer with venv and pip, or put moto_server (pip install ${PACKAGES[0]}) on the PATH.`;
  const tests = '*.s3.test.ts and *.s3.redis.test.ts';
  return foundOrSkipped(path === null ? null : { path }, { what: 'an S3 server', tests, tried, remedy }, env);
}

/**
 * Installs nothing.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | null} path of moto_server
 */
export function lookForS3Server(root, env) {
  return isInstalled(root) ? placesIn(root).server : whereIs('moto_server', env);
}

/** @param {string} root */
function isInstalled(root) {
  const { list } = placesIn(root);
  return existsSync(list) && readFileSync(list, 'utf8') === PACKAGES.join('\n');
}

/** @param {string} root */
function placesIn(root) {
  const folder = join(root, '.data', 'moto');
  return { folder, server: join(folder, 'bin', 'moto_server'), list: join(folder, 'installed.txt') };
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reasons when the answer is null
 * @returns {Promise<string | null>}
 */
async function installS3Server(root, env, tried) {
  return withLock(join(root, '.data', 'moto.lock'), 'installing an S3 server for the tests', async () => {
    const { server } = placesIn(root);
    // another process may have installed it while this one waited
    if (isInstalled(root) || (await installInVenv(root, env, tried))) return server;
    // Debian's Python comes without venv and pip, or not at all
    if ((await installByApt('python3-venv', env, tried)) === null) return null;
    return (await installInVenv(root, env, tried)) ? server : null;
  });
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried
 * @returns {Promise<boolean>}
 */
async function installInVenv(root, env, tried) {
  const python = whereIs('python3', env);
  if (python === null) {
    tried.push('python3: not on the PATH');
    return false;
  }
  const { folder, list } = placesIn(root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pip = ['-m', 'pip', '--disable-pip-version-check', 'install', '--no-deps', '--only-binary', ':all:'];
  const { code, output } = await timed(`Installing an S3 server for the tests in ${folder} (pip)`, async () => {
    const made = await capture(python, ['-m', 'venv', folder], { env });
    return made.code === 0 ? capture(join(folder, 'bin', 'python'), [...pip, ...PACKAGES], { env }) : made;
  });
  if (code === 0) {
    writeFileSync(list, PACKAGES.join('\n'));
    return true;
  }
  rmSync(folder, { recursive: true, force: true });
  tried.push(`${python}: ${output.trim().split('\n').slice(-2).join(' ').slice(0, 300)}`);
  return false;
}
