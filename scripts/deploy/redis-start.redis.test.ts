/** How Redis is started by docker-compose.yml and k8s/: the very lines, by a shell and a real Redis. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';
import { findTestRedisServer } from '../../shared/testing/redis.ts';
import { pickPort } from '../setup/ports.mjs';

/** With all that a shell and Redis' own file could take for something else. */
const PASSWORD = `of $this "test" # it's \\ 'all'`;
const server = await findTestRedisServer();
const read = (path: string) => parse(readFileSync(packageFile(path), 'utf8'), { merge: true });

let folder: string;
let running: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-redis-start-'));
});
afterEach(async () => {
  if (running?.exitCode === null) {
    const gone = new Promise((resolve) => running?.once('exit', resolve));
    running.kill();
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** What a container would give: files at their places, the password, nothing else on the port. */
async function prepare({ words: [shell = '', flags = '', script = ''], fromSecret }: Start, password: string) {
  if (server.kind !== 'binary') throw new Error('needs a redis-server that can be started by a shell');
  const port = await pickPort();
  const conf = readFileSync(packageFile('k8s/base/redis.conf'), 'utf8')
    .replace('port 6379', `port ${port}`)
    .replace('dir /data', `dir ${folder}`)
    .replace('bind * -::*', 'bind 127.0.0.1');
  writeFileSync(join(folder, 'redis.conf'), conf);
  mkdirSync(join(folder, 'redis'));
  writeFileSync(join(folder, 'redis/redis.env'), `REDIS_PASSWORD='${password.replaceAll("'", `'\\''`)}'\n`);
  const here = script
    .replace(/\/etc\/\S*redis\.conf/, join(folder, 'redis.conf'))
    .replace('/secrets', folder)
    .replaceAll('$$', '$');
  const env = {
    PATH: `${dirname(server.path)}:/usr/bin:/bin`,
    ...(fromSecret ? { REDIS_PASSWORD: password } : {}),
  };
  return { port, shell, args: [flags, here.replace('redis-server', server.path)], env };
}

function statefulSetContainer() {
  const objects = parseAllDocuments(readFileSync(packageFile('k8s/base/redis.yaml'), 'utf8')).map((it) => it.toJS());
  return objects.find(({ kind }) => kind === 'StatefulSet').spec.template.spec.containers[0];
}

interface Start {
  words: string[];
  /** The container's limit. */
  memory: string;
  /** Whether the password comes as a variable; else in a file. */
  fromSecret: boolean;
}

const STARTS = [
  {
    by: 'docker-compose.yml',
    ofRedis: (): Start => {
      const { entrypoint, mem_limit } = read('docker-compose.yml').services.redis;
      return { words: entrypoint, memory: mem_limit, fromSecret: false };
    },
  },
  {
    by: 'k8s/base/redis.yaml',
    ofRedis: (): Start => {
      const { command, resources } = statefulSetContainer();
      return { words: command, memory: resources.limits.memory, fromSecret: true };
    },
  },
];

test.each(STARTS)(
  '$by starts a Redis that asks for the password, keeps all, forgets none, and is full before it is killed',
  async ({ ofRedis }) => {
    const start = ofRedis();
    const { port, shell, args, env } = await prepare(start, PASSWORD);
    running = spawn(shell, args, { env, stdio: 'ignore' });
    const redis = new Redis({ port, password: PASSWORD, maxRetriesPerRequest: null });
    // It is asked before it listens.
    redis.on('error', () => {});
    running.once('exit', () => redis.disconnect());
    try {
      expect(await redis.ping()).toBe('PONG');
      expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
      expect(start.memory).toMatch(/^1Gi?$/i);
      const [, maxmemory] = (await redis.config('GET', 'maxmemory')) as string[];
      expect(Number(maxmemory)).toBe(700 * 1024 ** 2);
      expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
      expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'everysec']);
      const stranger = new Redis({ port, maxRetriesPerRequest: 0, enableReadyCheck: false });
      await expect(stranger.ping()).rejects.toThrow('NOAUTH');
      stranger.disconnect();
      const shown = spawnSync('ps', ['-o', 'args=', '-p', String(running?.pid)], { encoding: 'utf8' }).stdout;
      expect(shown).toContain('redis-server');
      expect(shown).not.toContain(PASSWORD);
    } finally {
      redis.disconnect();
    }
  },
);

test.each(STARTS)(
  '$by refuses a password that is empty, which Redis takes for none, or has more than a line',
  async ({ ofRedis }) => {
    for (const [password, fault] of [
      ['', 'REDIS_PASSWORD: must not be empty'],
      ['with the end of its line\n', 'REDIS_PASSWORD: must be one line'],
    ] as const) {
      const { shell, args, env } = await prepare(ofRedis(), password);
      const { status, stderr } = spawnSync(shell, args, { env, encoding: 'utf8', timeout: 10_000 });
      expect(status).toBeGreaterThan(0);
      expect(stderr).toContain(fault);
      rmSync(join(folder, 'redis'), { recursive: true });
    }
  },
);
