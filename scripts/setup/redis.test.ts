import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { until } from '../../shared/testing/processes.ts';
import { findTestRedisServer, startTestRedis } from '../../shared/testing/redis.ts';
import { isFree } from './ports.mjs';
import { startRedis } from './redis.mjs';
import { joinPrivateRedis, type PrivateRedis } from './redis-private.mjs';
import { connectRedis } from './resp.mjs';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'trainyard-setup-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function joined(dir: string, said: string[] = []): Promise<PrivateRedis> {
  const redis = await joinPrivateRedis({ dir, findServer: findTestRedisServer, say: (text) => said.push(text) });
  cleanUps.push(() => redis.leave());
  return redis;
}

async function ask(url: string, ...words: string[]) {
  const connection = await connectRedis(url);
  try {
    return await connection.command(...words);
  } finally {
    connection.close();
  }
}

test('evicts nothing, appends every write to a file, makes no snapshots, listens on loopback alone', async () => {
  const redis = await startTestRedis();
  cleanUps.push(() => redis.stop());
  const setting = async (name: string) => [await ask(redis.url, 'CONFIG', 'GET', name)].flat()[1];
  expect(await setting('maxmemory-policy')).toBe('noeviction');
  expect(await setting('appendonly')).toBe('yes');
  expect(await setting('appendfsync')).toBe('everysec');
  expect(await setting('save')).toBe('');
  expect(await setting('bind')).toBe('127.0.0.1');
});

test('keeps its data and its port through kill -9 and restart', async () => {
  const redis = await startTestRedis();
  cleanUps.push(() => redis.stop());
  await ask(redis.url, 'SET', 'job', 'ü'.repeat(100_000));
  const before = redis.pid;
  await redis.kill();
  await expect(connectRedis(redis.url)).rejects.toThrow(/ECONNREFUSED/);
  await redis.restart();
  expect(redis.pid).not.toBe(before);
  expect(await ask(redis.url, 'GET', 'job')).toBe('ü'.repeat(100_000));
});

test('says what is wrong, with the end of the log, when it cannot start', async () => {
  const other = await startTestRedis();
  cleanUps.push(() => other.stop());
  const start = startRedis({ server: await findTestRedisServer(), dir: folder(), port: other.port });
  await expect(start).rejects.toThrow(/Redis does not start[\s\S]*Address already in use/);
});

test('does not outlive a process that is killed', async () => {
  const program = `
    import { startRedis } from ${JSON.stringify(packageFile('scripts/setup/redis.mjs'))};
    const server = ${JSON.stringify(await findTestRedisServer())};
    const { url } = await startRedis({ server, dir: ${JSON.stringify(folder())} });
    console.log(url);
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(starter.stdout, 'data');
  const connection = await connectRedis(String(url).trim());
  starter.kill('SIGKILL');
  await connection.closed;
});

test('folders have servers of their own; the processes of one folder share one, which the last to leave stops', async () => {
  const dir = folder();
  const first = await joined(dir);
  const second = await joined(dir);
  const elsewhere = await joined(folder());
  expect(second.url).toBe(first.url);
  expect(elsewhere.url).not.toBe(first.url);
  await ask(first.url, 'SET', 'job', '1');

  expect(await first.leave()).toBe('still used');
  expect(await ask(second.url, 'GET', 'job')).toBe('1');
  expect(await second.leave()).toBe('stopped');
  expect(await isFree(Number(new URL(first.url).port))).toBe(true);

  const again = await joined(dir);
  expect(again.url).toBe(first.url);
  expect(await ask(again.url, 'GET', 'job')).toBe('1');
});

test('two processes that come at once start one server', async () => {
  const dir = folder();
  const [one, two] = await Promise.all([joined(dir), joined(dir)]);
  expect(one.url).toBe(two.url);
});

test('a private server that dies is started again on its port, with its data', async () => {
  const said: string[] = [];
  const redis = await joined(folder(), said);
  await ask(redis.url, 'SET', 'job', '1');
  const info = String(await ask(redis.url, 'INFO', 'server'));
  process.kill(Number(/process_id:(\d+)/.exec(info)?.[1]), 'SIGKILL');
  await until(() => said.includes('Redis is back.'), { what: 'Redis is started again' });
  expect(await ask(redis.url, 'GET', 'job')).toBe('1');
});

test('commands are answered in order, and errors reach their caller alone', async () => {
  const redis = await startTestRedis();
  cleanUps.push(() => redis.stop());
  const connection = await connectRedis(redis.url);
  const [set, wrong, list, none] = await Promise.allSettled([
    connection.command('RPUSH', 'list', 'a', 'b\r\nc', ''),
    connection.command('NO-SUCH-COMMAND'),
    connection.command('LRANGE', 'list', '0', '-1'),
    connection.command('GET', 'nothing'),
  ]);
  connection.close();
  expect(set).toMatchObject({ value: 3 });
  expect(wrong).toMatchObject({ reason: { message: expect.stringContaining('unknown command') } });
  expect(list).toMatchObject({ value: ['a', 'b\r\nc', ''] });
  expect(none).toMatchObject({ value: null });
});
