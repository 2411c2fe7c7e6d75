/** Connections to Redis, as the two kinds of process need them, and scripts that run in it. */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type ChainableCommander, Redis, type RedisOptions } from 'ioredis';
import { messageOf } from './errors.ts';
import type { Logger } from './process.ts';

/** Milliseconds after which a command of the API has failed: a client gets its 503 within a second. */
const API_COMMAND_TIMEOUT_MS = 500;

/**
 * Times commands by itself: ioredis's own commandTimeout also fails what Redis answered long ago, where a burst of
 * requests kept this process from reading it. And what is sent in one turn of the event loop, on behalf of whichever
 * requests, leaves in one write: a write for each command costs both sides more than the command.
 */
class ImpatientRedis extends Redis {
  #leaving: { stream: Duplex | undefined; commands: Sent[] } | null = null;
  readonly #timeoutMs: number;

  constructor(url: string, { timeoutMs, ...options }: RedisOptions & { timeoutMs: number }) {
    super(url, options);
    this.#timeoutMs = timeoutMs;
  }

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    if (this.#leaving !== null && this.#leaving.stream === this.stream) this.#leaving.commands.push(command);
    else this.#hold(command);
    return super.sendCommand(command, stream);
  }

  #hold(command: Sent): void {
    const { stream } = this;
    const commands = [command];
    this.#leaving = { stream, commands };
    stream?.cork();
    setImmediate(() => {
      this.#leaving = null;
      stream?.uncork();
      giveUpLater(commands, this.#timeoutMs);
    });
  }
}

type Sent = Parameters<Redis['sendCommand']>[0];

/** What is settled already, it leaves as it is. */
function giveUpLater(commands: readonly Sent[], timeoutMs: number): void {
  const giveUp = () => {
    for (const command of commands) command.reject(new Error('Command timed out'));
  };
  // Answers that have come are read before an immediate.
  const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
  let open = commands.length;
  const settled = () => {
    open -= 1;
    if (open === 0) clearTimeout(timer);
  };
  for (const { promise } of commands) promise.then(settled, settled);
}

/** For the API: fails fast while Redis is away, and recovers by itself. */
export function connectForApi(url: string, timeoutMs: number = API_COMMAND_TIMEOUT_MS): Redis {
  return new ImpatientRedis(url, {
    timeoutMs,
    connectionName: 'trainyard-api',
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 2000,
    retryStrategy: (times) => Math.min(50 * times, 500),
  });
}

/**
 * Milliseconds without an answer after which a worker's connection is given up and made anew: one that died silently
 * would leave it deaf for as long as the kernel tries. Longer than BullMQ blocks (10 s).
 */
const WORKER_SOCKET_TIMEOUT_MS = 15_000;

/** For workers: waits for Redis however long it is away, as BullMQ asks of a worker's connection. */
export function connectForWorker(url: string, socketTimeout: number = WORKER_SOCKET_TIMEOUT_MS): Redis {
  return new Redis(url, {
    connectionName: 'trainyard-worker',
    maxRetriesPerRequest: null,
    connectTimeout: 5000,
    socketTimeout,
    // After a failover the address may lead to another server, which this connection does not.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    retryStrategy: (times) => Math.min(50 * times, 500),
  });
}

const PATIENT = {
  lazyConnect: true,
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  connectTimeout: 5000,
  socketTimeout: WORKER_SOCKET_TIMEOUT_MS,
};

/** A second connection to where the API's leads, opened with its first command: it waits for Redis as a worker's does. */
export function connectPatiently(redis: Redis): Redis {
  return redis.duplicate(PATIENT);
}

/** The same, for commands that block; they fail when the connection breaks, so that whoever follows knows of it. */
export function connectToFollow(redis: Redis): Redis {
  return redis.duplicate({ ...PATIENT, maxRetriesPerRequest: 0 });
}

/**
 * Says in the log when Redis goes and comes, once each, and when there is another reason than before: ioredis tells of
 * every vain attempt to connect.
 * @param consequence what it means for this process, as in "requests are answered with 503 until it is back"
 */
export function logConnection(redis: Redis, logger: Logger, consequence: string): void {
  let reason: string | null = null;
  redis.on('error', (error) => {
    if (messageOf(error) === reason) return;
    reason = messageOf(error);
    logger.warn({ error: reason }, `Redis is away; ${consequence}`);
  });
  redis.on('ready', () => {
    logger.info(reason === null ? 'Redis is there' : 'Redis is back');
    reason = null;
  });
}

/** The replies to a pipeline or transaction. @throws the first error among them */
export async function repliesTo(commands: ChainableCommander): Promise<unknown[]> {
  return ((await commands.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

/** Many commands in one round trip. @throws the first error among the replies */
export async function runPipeline<Reply>(redis: Redis, fill: (pipeline: ChainableCommander) => void): Promise<Reply[]> {
  const pipeline = redis.pipeline();
  fill(pipeline);
  return pipeline.length === 0 ? [] : ((await repliesTo(pipeline)) as Reply[]);
}

export type Script = (redis: Redis, keys: string[], args: (string | number)[]) => Promise<unknown>;

/** A Lua script, sent whole once per server and by its hash from then on. */
export function defineScript(lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}

/** Whether Redis is there and refuses to write (disk full, read-only replica, out of memory, …). */
export function isRefusedByRedis(error: Error): boolean {
  return /^(MISCONF|READONLY|NOREPLICAS|OOM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|LOADING|BUSY)\b/.test(error.message);
}

/** Whether an error is the state Redis is in (out of reach, too slow, refusing writes), not a fault of what was asked. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError') return true;
  if (isRefusedByRedis(error) || /^(EXECABORT|NOAUTH|WRONGPASS)\b/.test(error.message)) return true;
  if (
    /Command timed out|Command aborted|Socket timeout|Connection is closed|Stream isn't writeable/.test(error.message)
  )
    return true;
  const code = 'code' in error ? String(error.code) : '';
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH'].includes(code);
}
