/** How long commands may take, and how they travel, against a real Redis. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectForApi, connectPatiently, connectToFollow } from './redis.ts';
import { until } from './testing/processes.ts';
import { startTestRedis, type TestRedis } from './testing/redis.ts';

let server: TestRedis;

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());

it("the API's connection gives up what Redis does not answer, but not what it had no time to read", async () => {
  const redis = connectForApi(server.url);
  await until(() => redis.status === 'ready', { what: 'the connection is there' });
  const answers = Promise.all([redis.ping(), redis.multi().ping().exec(), redis.pipeline().ping().exec()]);
  // a burst of requests, in which nothing is read
  for (const end = performance.now() + 800; performance.now() < end; );
  expect(await answers).toEqual(['PONG', [[null, 'PONG']], [[null, 'PONG']]]);

  process.kill(server.pid, 'SIGSTOP');
  try {
    await expect(redis.ping()).rejects.toThrow('Command timed out');
  } finally {
    process.kill(server.pid, 'SIGCONT');
    redis.disconnect();
  }
});

it("commands that the API's connection is given in one turn of the event loop reach Redis in one read", async () => {
  const redis = connectForApi(server.url);
  await until(() => redis.status === 'ready', { what: 'the connection is there' });
  const reads = async () => Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const before = await reads();
  const answers: Promise<string>[] = [];
  while (answers.length < 100) {
    answers.push(redis.ping());
    await new Promise((resolve) => process.nextTick(resolve));
  }
  await Promise.all(answers);
  // theirs, and that of the question
  expect((await reads()) - before).toBe(2);
  redis.disconnect();
});

it('of its second connections, one waits for Redis, and the other says when it was cut off', async () => {
  const redis = connectForApi(server.url).on('error', () => {});
  const [patient, follower] = [connectPatiently(redis), connectToFollow(redis)];
  for (const connection of [patient, follower]) connection.on('error', () => {});
  expect(await Promise.all([patient.ping(), follower.ping()])).toEqual(['PONG', 'PONG']);
  const cutOff = expect(follower.xread('BLOCK', 60_000, 'STREAMS', 'none', '0')).rejects.toThrow('max retries');
  await server.kill();
  const answer = patient.ping();
  await cutOff;
  await server.restart();
  expect(await answer).toBe('PONG');
  for (const connection of [redis, patient, follower]) connection.disconnect();
});
