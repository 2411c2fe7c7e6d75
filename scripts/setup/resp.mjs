/** A Redis client of one page (RESP2), for set-up that runs before any package is installed. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** @typedef {string | number | null | Reply[]} Reply */

/**
 * @typedef {object} RedisConnection
 * @property {(...words: string[]) => Promise<Reply>} command rejects with the server's error, or when the connection ends
 * @property {() => void} close
 * @property {Promise<void>} closed resolves when the connection has ended, by whichever side
 */

/** An error that the server answered. */
export class RedisError extends Error {}

/**
 * @param {string} url `redis://[user][:password@]host[:port][/database]`, or `rediss:`
 * @param {{ timeoutMs?: number }} [options] how long connecting, and each answer, may take (default 2,000)
 * @returns {Promise<RedisConnection>} logged in, its database selected
 */
export async function connectRedis(url, { timeoutMs = 2000 } = {}) {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const address = { host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port || 6379) };
  const socket = protocol === 'rediss:' ? connectTls({ ...address, servername: address.host }) : connectTcp(address);
  const connection = speak(socket, timeoutMs);
  await new Promise((resolve, reject) => {
    socket.once(protocol === 'rediss:' ? 'secureConnect' : 'connect', resolve).once('error', reject);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)));
  });
  socket.setTimeout(0);
  if (password) {
    await connection.command('AUTH', ...[username, password].filter(Boolean).map(decodeURIComponent));
  }
  if (pathname.length > 1) await connection.command('SELECT', pathname.slice(1));
  return connection;
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number} timeoutMs
 * @returns {RedisConnection}
 */
function speak(socket, timeoutMs) {
  /** @type {{ resolve: (reply: Reply) => void, reject: (error: Error) => void }[]} */
  const awaited = [];
  let unread = Buffer.alloc(0);
  let cause = new Error('the connection to Redis ended');

  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    for (let parsed = parse(unread, 0); parsed !== null; parsed = parse(unread, 0)) {
      unread = unread.subarray(parsed.end);
      const { resolve, reject } = awaited.shift() ?? { resolve() {}, reject() {} };
      if (parsed.reply instanceof RedisError) reject(parsed.reply);
      else resolve(parsed.reply);
    }
  });
  socket.on('error', (error) => {
    cause = error;
  });
  const closed = new Promise((/** @type {(value: void) => void} */ resolve) => {
    socket.on('close', () => {
      for (const { reject } of awaited.splice(0)) reject(cause);
      resolve();
    });
  });

  return {
    closed,
    close: () => socket.destroy(),
    command: (...words) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(cause);
        const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        const settle = (/** @type {() => void} */ how) => {
          clearTimeout(timer);
          how();
        };
        awaited.push({
          resolve: (reply) => settle(() => resolve(reply)),
          reject: (error) => settle(() => reject(error)),
        });
        socket.write(
          `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
        );
      }),
  };
}

/**
 * One reply from the bytes at `start`, or null when it is not all there yet.
 * @param {Buffer} bytes
 * @param {number} start
 * @returns {{ reply: Reply | RedisError, end: number } | null}
 */
function parse(bytes, start) {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return null;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '+':
      return { reply: line, end: next };
    case '-':
      return { reply: new RedisError(line), end: next };
    case ':':
      return { reply: Number(line), end: next };
    case '$': {
      const length = Number(line);
      if (length < 0) return { reply: null, end: next };
      if (bytes.length < next + length + 2) return null;
      return { reply: bytes.toString('utf8', next, next + length), end: next + length + 2 };
    }
    case '*':
      return parseArray(bytes, next, Number(line));
    default:
      throw new Error('this is not a Redis server: it answers in another protocol');
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @param {number} length
 * @returns {{ reply: Reply, end: number } | null}
 */
function parseArray(bytes, start, length) {
  if (length < 0) return { reply: null, end: start };
  /** @type {Reply[]} */
  const items = [];
  let end = start;
  while (items.length < length) {
    const item = parse(bytes, end);
    if (item === null) return null;
    items.push(item.reply instanceof RedisError ? item.reply.message : item.reply);
    end = item.end;
  }
  return { reply: items, end };
}
