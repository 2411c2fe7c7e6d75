import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { Logger } from './process.ts';
import { connectForWorker, isRedisAway, isRefusedByRedis, logConnection } from './redis.ts';

it('a worker gives up a connection that has gone mute, and makes another', async () => {
  const mute = createServer(() => {});
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as { port: number };
  const redis = connectForWorker(`redis://127.0.0.1:${port}`, 200).on('error', () => {});
  const lost = once(redis, 'error');
  try {
    await once(mute, 'connection');
    await once(mute, 'connection');
    expect(isRedisAway((await lost)[0])).toBe(true);
  } finally {
    redis.disconnect();
    mute.close();
  }
});

it('the log says once that Redis is away, and again when there is another reason', () => {
  const said: unknown[] = [];
  const logger = { warn: ({ error }: { error: string }) => said.push(error), info: (text: string) => said.push(text) };
  const redis = new EventEmitter();
  logConnection(redis as Redis, logger as unknown as Logger, 'nothing goes on');
  const [refused, wrong] = [new Error('connect ECONNREFUSED'), new Error('WRONGPASS invalid username-password pair')];
  for (const error of [refused, refused, wrong, wrong]) redis.emit('error', error);
  redis.emit('ready');
  redis.emit('error', wrong);
  expect(said).toEqual([refused.message, wrong.message, 'Redis is back', wrong.message]);
});

it('a Redis that refuses to write is told from one that cannot be reached, and neither is a fault of ours', () => {
  const full = new Error('MISCONF Errors writing to the AOF file: No space left on device');
  expect(isRefusedByRedis(full)).toBe(true);
  expect(isRedisAway(full)).toBe(true);
  expect(isRefusedByRedis(new Error('connect ECONNREFUSED'))).toBe(false);
  expect(isRefusedByRedis(new Error('ERR unknown command'))).toBe(false);
});
