/** A real Redis for one test file: a server of its own in a temporary folder, which does not outlive the test process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningRedis, startRedis } from '../../scripts/setup/redis.mjs';
import { findRedisServer, type RedisServer } from '../../scripts/setup/redis-find.mjs';
import { until } from './processes.ts';

const RESTART_MS = 10_000;

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Of the server that runs now. */
  readonly pid: number;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. The data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, after an orderly end if it still runs. */
  restart(): Promise<void>;
}

/** Ready for commands; append-only file and `noeviction` as in a real yard. */
export async function startTestRedis(): Promise<TestRedis> {
  const server = await findTestRedisServer();
  const dir = mkdtempSync(join(tmpdir(), 'trainyard-redis-'));
  let running: RunningRedis = await startRedis({ server, dir });
  const { port, url } = running;

  async function kill(): Promise<void> {
    running.kill('SIGKILL');
    await running.exited;
  }

  return {
    url,
    port,
    get pid() {
      return running.pid;
    },
    kill,
    async restart() {
      await running.stop();
      // Others who look for a free port have this one for a moment.
      running = await until(() => startRedis({ server, dir, port }), {
        what: 'Redis is there again',
        timeoutMs: RESTART_MS,
      });
    },
    async stop() {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What `npm test` has found, or for a test run by vitest alone, what is found now. */
export async function findTestRedisServer(): Promise<RedisServer> {
  const found = process.env.TRAINYARD_TEST_REDIS;
  return found ? JSON.parse(found) : findRedisServer(process.env);
}
