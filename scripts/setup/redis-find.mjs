/** Finds a Redis server to start: on the PATH, else in Docker, else installed by apt. */
import { installByApt } from './apt.mjs';
import { capture, whereIs } from './exec.mjs';
import { note, SetupError, timed } from './say.mjs';

/**
 * @typedef {{ kind: 'binary', path: string, version: string }
 *   | { kind: 'docker', image: string, user: string }} RedisServer
 *   user: as whom it runs in the container, `uid:gid`
 */

/** What BullMQ asks for. */
const LEAST_VERSION = [6, 2];
const IMAGE = 'redis:7.4-alpine';

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<RedisServer>}
 */
export async function findRedisServer(env) {
  /** @type {string[]} */
  const tried = [];
  return (
    (await onPath(env, tried)) ??
    (await inDocker(env, tried)) ??
    (await byApt(env, tried)) ??
    Promise.reject(none(tried))
  );
}

/** @param {string[]} tried */
function none(tried) {
  return new SetupError(
    [
      'Trainyard needs a Redis server and found none:',
      ...tried.map((line) => `  - ${line}`),
      'Any one of these will do; then run the command again:',
      '  - install Redis or Valkey 6.2 or newer so that redis-server or valkey-server is on the PATH',
      '    (Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis; Windows: in WSL)',
      '  - start Docker',
      '  - run a Redis of your own and set REDIS_URL=redis://HOST:PORT (npm test needs one of the two above)',
    ].join('\n'),
  );
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried
 * @returns {Promise<RedisServer | null>}
 */
async function onPath(env, tried) {
  for (const name of ['redis-server', 'valkey-server']) {
    const path = whereIs(name, env);
    if (path === null) {
      tried.push(`${name}: not on the PATH`);
      continue;
    }
    const { output } = await capture(path, ['--version']);
    const version = /\bv=(\d+\.\d+\.\d+)/.exec(output)?.[1];
    if (version !== undefined && isRecentEnough(version)) return { kind: 'binary', path, version };
    tried.push(
      `${path}: ${version ? `version ${version} is too old` : `does not run (${output.trim().slice(0, 200)})`}`,
    );
  }
  return null;
}

/** @param {string} version */
function isRecentEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_VERSION;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried
 * @returns {Promise<RedisServer | null>}
 */
async function inDocker(env, tried) {
  const engine = await capture('docker', ['info', '--format', '{{.SecurityOptions}}'], { env, timeoutMs: 15_000 });
  if (engine.code !== 0) {
    const reason = engine.code === 127 ? 'not installed' : (engine.output.trim().split('\n').at(-1) ?? '');
    tried.push(`Docker: ${reason}`);
    return null;
  }
  const present = await capture('docker', ['image', 'inspect', IMAGE], { env });
  if (present.code !== 0) {
    const pull = await timed(`Pulling ${IMAGE} (docker pull)`, () => capture('docker', ['pull', IMAGE], { env }));
    if (pull.code !== 0) {
      tried.push(`Docker: cannot pull ${IMAGE}: ${pull.output.trim().split('\n').at(-1)}`);
      return null;
    }
  }
  // Data belong to whom the command runs as; in a rootless engine that user is the container's root.
  const user = engine.output.includes('rootless') ? '0:0' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return { kind: 'docker', image: IMAGE, user };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried
 * @returns {Promise<RedisServer | null>}
 */
async function byApt(env, tried) {
  const asRoot = await installByApt('redis-server', env, tried);
  if (asRoot === null) return null;
  // The package starts a service of the whole machine on port 6379, which nobody asked for.
  await asRoot(['service', 'redis-server', 'stop']);
  await asRoot(['update-rc.d', 'redis-server', 'disable']);
  note('Its system service is switched off: Trainyard starts a private server of its own.');
  return onPath(env, tried);
}
