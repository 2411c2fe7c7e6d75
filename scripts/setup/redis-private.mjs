/**
 * The private Redis of a folder. Whoever comes first starts it, later processes of the folder join it, the last one to
 * leave stops it. Each keeps one connection open, by which the others see it, and which tells when Redis has gone:
 * then it is started again on the same port, where workers and API find it.
 */
import { mkdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withLock } from './lock.mjs';
import { isFree } from './ports.mjs';
import { connectToFolder, describe, startRedis } from './redis.mjs';
import { messageOf, SetupError } from './say.mjs';

/** @typedef {import('./redis-find.mjs').RedisServer} RedisServer */
/** @typedef {import('./redis.mjs').RunningRedis} RunningRedis */
/** @typedef {import('./resp.mjs').RedisConnection} RedisConnection */

/** @typedef {{ port: number, connection: RedisConnection, server: RunningRedis | null, text: string }} Held */

/**
 * @typedef {object} PrivateRedis
 * @property {string} url
 * @property {string} text for the user: what it is and where
 * @property {() => Promise<'stopped' | 'still used'>} leave
 */

// When its starter is killed, worker and API still need this long to save their work.
const GRACE_SECONDS = 20;
const BUSY_MS = 10_000;

/**
 * @param {object} options
 * @param {string} options.dir of its data
 * @param {() => Promise<RedisServer>} options.findServer asked only when it has to be started
 * @param {(text: string) => void} options.say
 * @returns {Promise<PrivateRedis>}
 */
export async function joinPrivateRedis({ dir, findServer, say }) {
  mkdirSync(dir, { recursive: true });
  const folder = realpathSync(dir);
  const locked = (/** @type {() => Promise<any>} */ work) =>
    withLock(join(folder, '.lock'), 'starting or stopping Redis', work);

  /** @type {Held} */
  let held = await locked(() => findOrStart(folder, findServer));
  const { port, text } = held;
  const leaving = new AbortController();
  /** Resolves when nothing is being mended. */
  let mended = Promise.resolve();
  watch();

  function watch() {
    held.connection.closed.then(() => {
      if (!leaving.signal.aborted) mended = mend();
    });
  }

  async function mend() {
    say('Redis has gone: starting it again on the same port, with its data.');
    for (let waitMs = 250; !leaving.signal.aborted; waitMs = Math.min(2 * waitMs, 10_000)) {
      try {
        held = await locked(() => findOrStart(folder, findServer, port));
        say('Redis is back.');
        return watch();
      } catch (error) {
        say(messageOf(error));
        await pause(waitMs, undefined, { signal: leaving.signal }).catch(() => undefined);
      }
    }
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    text,
    async leave() {
      leaving.abort();
      await mended;
      return locked(() => letGo(held));
    },
  };
}

/**
 * @param {string} folder
 * @param {() => Promise<RedisServer>} findServer
 * @param {number} [port] this one and no other
 * @returns {Promise<Held>}
 */
async function findOrStart(folder, findServer, port) {
  const record = readRecord(folder);
  if (record !== null) {
    const connection = await connectToRecorded(folder, record);
    if (connection !== null) {
      await connection.command('CLIENT', 'SETNAME', `trainyard:${process.pid}`);
      return {
        port: record.port,
        connection,
        server: null,
        text: `private, on port ${record.port} (was running already)`,
      };
    }
  }
  const found = await findServer();
  const again = port ?? (record !== null && (await isFree(record.port)) ? record.port : undefined);
  const options = { server: found, dir: folder, graceSeconds: GRACE_SECONDS };
  const server = await startRedis(again === undefined ? options : { ...options, port: again });
  writeFileSync(join(folder, 'server.json'), JSON.stringify({ port: server.port, pid: server.pid }));
  const connection = await connectToFolder(server.url, folder);
  await connection.command('CLIENT', 'SETNAME', `trainyard:${process.pid}`);
  return { port: server.port, connection, server, text: `private, on port ${server.port} (${describe(found)})` };
}

/**
 * Two servers must never write the same files: one that lives but does not answer is waited for, then refused.
 * @param {string} folder
 * @param {{ port: number, pid: number }} record
 * @returns {Promise<RedisConnection | null>} null when it has ended
 */
async function connectToRecorded(folder, { port, pid }) {
  const url = `redis://127.0.0.1:${port}`;
  for (const deadline = Date.now() + BUSY_MS; ; await pause(50)) {
    try {
      return await connectToFolder(url, folder);
    } catch (error) {
      if (!worksIn(pid, folder)) return null;
      if (Date.now() < deadline) continue;
      throw new SetupError(
        `The private Redis of this folder (process ${pid}, port ${port}) does not answer: ${messageOf(error)}. ` +
          'End that process and run the command again; its data stay.',
      );
    }
  }
}

/**
 * Whether the process still lives and is this folder's server, which works in its data folder.
 * @param {number} pid
 * @param {string} folder
 */
function worksIn(pid, folder) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    // No such process; or no /proc (macOS), where a server that does not answer is taken for gone.
    return false;
  }
}

/** @param {string} folder @returns {{ port: number, pid: number } | null} */
function readRecord(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {Held} held
 * @returns {Promise<'stopped' | 'still used'>}
 */
async function letGo({ connection, server }) {
  try {
    if (await othersConnected(connection)) {
      server?.leaveRunning();
      return 'still used';
    }
    await Promise.race([connection.command('SHUTDOWN').catch(() => undefined), connection.closed]);
    await connection.closed;
    await server?.exited;
    return 'stopped';
  } catch {
    // It went away in this moment, or hangs: nothing of ours is lost, for its data are on the disk.
    await server?.stop();
    return 'stopped';
  } finally {
    connection.close();
  }
}

/**
 * The connections of our own children end with them, but Redis may hear of it a moment later.
 * @param {RedisConnection} connection
 */
async function othersConnected(connection) {
  for (const deadline = Date.now() + 1000; ; await pause(20)) {
    const clients = String(await connection.command('CLIENT', 'LIST'))
      .trim()
      .split('\n');
    if (clients.length <= 1) return false;
    if (Date.now() > deadline) return true;
  }
}
