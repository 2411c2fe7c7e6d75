import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type FakeApi, fakeApi } from './testing/fake-api.ts';

const PROBLEM = { type: 'x', title: 'x', status: 503, code: 'redis-unavailable', detail: 'Redis cannot be reached' };
const COUNTS = { states: {}, queues: [] };
const answer = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

let api: typeof import('./api.ts');
let live: typeof import('./live.ts');
let fake: FakeApi;
let isRedisAway = false;

beforeAll(async () => {
  fake = fakeApi();
  vi.stubGlobal('fetch', async () => (isRedisAway ? answer(503, PROBLEM) : answer(200, COUNTS)));
  api = await import('./api.ts');
  live = await import('./live.ts');
});
afterAll(() => fake.restore());

test('while Redis is away the dashboard does not pass for live, and once it is back all is loaded anew', async () => {
  const onRefresh = vi.fn();
  const end = live.follow('/v1/events', { onRefresh, onEvent: () => undefined });
  isRedisAway = true;
  await api.api.counts().catch(() => undefined);
  expect(live.connection.value).toBe('reconnecting');
  // Its stream stays open all the while.
  await fake.pass(6000);
  expect(live.connection.value).toBe('disconnected');
  expect(onRefresh).not.toHaveBeenCalled();

  isRedisAway = false;
  await fake.pass(2000);
  expect(api.reachable.value).toBe(true);
  expect(onRefresh).toHaveBeenCalled();
  end();
});

test('what hangs is given up after ten seconds, and the next is asked', async () => {
  let asked = 0;
  const end = live.every(1000, (signal) => {
    asked += 1;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  });
  await fake.pass(9999);
  expect(asked).toBe(1);
  await fake.pass(1001);
  expect(asked).toBe(2);
  end();
});

test('what is asked every so often is not asked again before it has been answered', async () => {
  const answers: (() => void)[] = [];
  const end = live.every(1000, () => new Promise((resolve) => answers.push(resolve)));
  await fake.pass(5000);
  expect(answers).toHaveLength(1);
  answers[0]?.();
  await fake.pass(1000);
  expect(answers).toHaveLength(2);
  end();
  answers[1]?.();
  await fake.pass(5000);
  expect(answers).toHaveLength(2);
});
