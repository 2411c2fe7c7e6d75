import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { connectForWorker, isRedisAway, isRefusedByRedis } from './redis.ts';

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

it('a Redis that refuses to write is told from one that cannot be reached, and neither is a fault of ours', () => {
  const full = new Error('MISCONF Errors writing to the AOF file: No space left on device');
  expect(isRefusedByRedis(full)).toBe(true);
  expect(isRedisAway(full)).toBe(true);
  expect(isRefusedByRedis(new Error('connect ECONNREFUSED'))).toBe(false);
  expect(isRefusedByRedis(new Error('ERR unknown command'))).toBe(false);
});
