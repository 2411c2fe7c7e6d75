/**
 * Starts a Redis server the way the queue needs it: every write in an append-only file (synced each second),
 * nothing evicted, reached from this machine alone.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rotate } from './log-file.mjs';
import { pickPort } from './ports.mjs';
import { connectRedis } from './resp.mjs';
import { messageOf, SetupError } from './say.mjs';
import { dismissWatcher, watchedCommand } from './watched.mjs';

/** @typedef {import('./redis-find.mjs').RedisServer} RedisServer */
/** @typedef {import('./resp.mjs').RedisConnection} RedisConnection */

/**
 * @typedef {object} RunningRedis
 * @property {string} url
 * @property {number} port
 * @property {number} pid of the server; with Docker, of the `docker run` that holds it
 * @property {string} dir
 * @property {() => Promise<void>} stop writes everything out, and waits until the process has gone
 * @property {(signal: NodeJS.Signals) => void} kill
 * @property {() => void} leaveRunning the server outlives this process
 * @property {Promise<void>} exited
 */

const SILENCE_MS = 15_000;
const LOADING_MS = 10 * 60_000;
const STOP_MS = 15_000;

/**
 * @param {object} options
 * @param {RedisServer} options.server
 * @param {string} options.dir where its data and its log lie; made when missing
 * @param {number} [options.port] this port or none; a free one if not given
 * @param {number} [options.graceSeconds] how long it goes on when this process dies (default 0)
 * @returns {Promise<RunningRedis>} once it answers
 */
export async function startRedis({ server, dir, port, graceSeconds = 0 }) {
  mkdirSync(dir, { recursive: true });
  const folder = realpathSync(dir);
  for (let triesLeft = 5; ; triesLeft--) {
    const redis = launch(server, folder, port ?? (await pickPort()), graceSeconds);
    try {
      const connection = await whenAnswering(redis.url, folder, redis.exited);
      connection.close();
      return redis;
    } catch (error) {
      redis.kill('SIGKILL');
      const log = logTail(folder);
      if (port === undefined && triesLeft > 1 && /Address already in use/.test(log)) continue;
      throw new SetupError(
        `Redis does not start (${describe(server)}, port ${redis.port}): ${messageOf(error)}\n` +
          `The end of its log, ${join(folder, 'redis.log')}:\n${log}`,
        { cause: error },
      );
    }
  }
}

/** @param {RedisServer} server */
export function describe(server) {
  return server.kind === 'binary' ? `${server.path} ${server.version}` : `Docker image ${server.image}`;
}

/**
 * @param {RedisServer} server
 * @param {string} dir
 * @param {number} port
 * @param {number} graceSeconds
 * @returns {RunningRedis}
 */
function launch(server, dir, port, graceSeconds) {
  const log = join(dir, 'redis.log');
  rotate(log, 1_000_000);
  const container = `trainyard-redis-${port}`;
  const { file, args } = watchedCommand(commandLine(server, dir, port, log, container), {
    graceSeconds,
    signal: 'TERM',
  });
  // Detached: Ctrl-C in the terminal must not reach Redis before the worker has given its job back.
  const child = spawn(file, args, {
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ignore', 'pipe'],
  });
  child.unref();
  const exited = new Promise((/** @type {(value: void) => void} */ resolve) => {
    child.once('exit', resolve).once('error', () => resolve());
  }).then(() => dismissWatcher(child));
  const url = `redis://127.0.0.1:${port}`;

  /** @param {NodeJS.Signals} signal */
  const kill = (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (server.kind === 'docker') spawn('docker', ['kill', '--signal', signal, container], { stdio: 'ignore' });
    else child.kill(signal);
  };
  return {
    url,
    port,
    pid: child.pid ?? 0,
    dir,
    exited,
    kill,
    leaveRunning: () => dismissWatcher(child),
    async stop() {
      const timer = setTimeout(() => kill('SIGKILL'), STOP_MS);
      await shutDown(url).catch(() => kill('SIGTERM'));
      await exited;
      clearTimeout(timer);
    },
  };
}

/**
 * @param {RedisServer} server
 * @param {string} dir
 * @param {number} port
 * @param {string} log
 * @param {string} container its name, with Docker
 * @returns {string[]}
 */
function commandLine(server, dir, port, log, container) {
  // No snapshots (--save ""): the append-only file is the one truth, and Redis compacts it by itself.
  const settings = `--appendonly yes --appendfsync everysec --maxmemory-policy noeviction --port ${port}`.split(' ');
  const places = ['--save', '', '--dir', dir, '--logfile', log];
  if (server.kind === 'binary') return [server.path, ...settings, '--bind', '127.0.0.1', ...places];
  const inContainer = ['--bind', '0.0.0.0', '--protected-mode', 'no'];
  return [
    ...['docker', 'run', '--rm', '--name', container, '--user', server.user, '--publish', `127.0.0.1:${port}:${port}`],
    // The same path inside: so CONFIG GET dir tells whose server it is. Z: readable where SELinux guards.
    ...[
      '--volume',
      `${dir}:${dir}:Z`,
      '--entrypoint',
      'redis-server',
      server.image,
      ...settings,
      ...inContainer,
      ...places,
    ],
  ];
}

/**
 * Waits until the server answers, also while it reads its data in; it must be the one of this folder.
 * @param {string} url
 * @param {string} dir
 * @param {Promise<void>} exited
 * @returns {Promise<RedisConnection>}
 */
async function whenAnswering(url, dir, exited) {
  let gone = false;
  exited.then(() => {
    gone = true;
  });
  let deadline = Date.now() + SILENCE_MS;
  const end = Date.now() + LOADING_MS;
  for (;;) {
    try {
      return await connectToFolder(url, dir);
    } catch (error) {
      if (gone) throw new Error('it ended at once', { cause: error });
      if (/^LOADING/.test(messageOf(error))) deadline = end;
      if (Date.now() > deadline) throw error;
      await pause(5);
    }
  }
}

/**
 * @param {string} url
 * @param {string} dir
 * @returns {Promise<RedisConnection>} to a server that keeps its data in that folder; any other is refused
 */
export async function connectToFolder(url, dir) {
  const connection = await connectRedis(url);
  try {
    await connection.command('PING');
    const answer = await connection.command('CONFIG', 'GET', 'dir');
    if (Array.isArray(answer) && answer[1] === dir) return connection;
    throw new Error('another Redis has this port');
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * SHUTDOWN rather than a signal: it works for a server that another process, or Docker, has started.
 * @param {string} url
 */
export async function shutDown(url) {
  const connection = await connectRedis(url);
  // The answer to a successful SHUTDOWN is the end of the connection.
  await Promise.race([connection.command('SHUTDOWN').catch(() => undefined), connection.closed]);
  await connection.closed;
}

/** @param {string} dir */
function logTail(dir) {
  try {
    return readFileSync(join(dir, 'redis.log'), 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  } catch {
    return '(no log was written)';
  }
}
