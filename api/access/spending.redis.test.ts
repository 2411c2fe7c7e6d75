import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestRedis, type TestRedis } from '../../shared/testing/redis.ts';
import { createSpending } from './spending.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it('what is asked in one turn is counted by one script a count, in order, each whole or not at all', async () => {
  const spend = createSpending(redis);
  const of = (key: string, limit: number, amount: number) => spend({ key, amount, limit, windowMs: 60_000 });
  await of('warm', 1, 1);
  await redis.config('RESETSTAT');
  const spent = await Promise.all([of('a', 3, 2), of('a', 3, 2), of('b', 1, 1), of('a', 3, 1), of('b', 1, 1)]);
  expect(spent.map(({ before }) => before)).toEqual([0, 2, 0, 2, 1]);
  for (const { leftMs } of spent) expect(leftMs).toBeGreaterThan(50_000);
  expect(await redis.info('commandstats')).toMatch(/cmdstat_evalsha:calls=2,/);
  expect(await redis.mget('a', 'b')).toEqual(['3', '1']);
});

it('what is more than the limit leaves no count behind', async () => {
  const { before, leftMs } = await createSpending(redis)({ key: 'c', amount: 4, limit: 3, windowMs: 60_000 });
  expect(before).toBe(0);
  expect(leftMs).toBeLessThanOrEqual(0);
  expect(await redis.exists('c')).toBe(0);
});
