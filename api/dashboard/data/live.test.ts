import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const PROBLEM = { type: 'x', title: 'x', status: 503, code: 'redis-unavailable', detail: 'Redis cannot be reached' };
const COUNTS = { states: {}, queues: [] };
const answer = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

/** A stream that stays open whatever becomes of Redis. */
class OpenStream extends EventTarget {
  static OPEN = 1;
  readyState = 1;
  close() {}
}

let api: typeof import('./api.ts');
let live: typeof import('./live.ts');
let isRedisAway = false;

beforeAll(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
  vi.stubGlobal('EventSource', OpenStream);
  vi.stubGlobal('fetch', async () => (isRedisAway ? answer(503, PROBLEM) : answer(200, COUNTS)));
  api = await import('./api.ts');
  live = await import('./live.ts');
});
afterAll(() => vi.useRealTimers());

test('while Redis is away the dashboard does not pass for live, and once it is back all is loaded anew', async () => {
  const onRefresh = vi.fn();
  const end = live.follow('/v1/events', { onRefresh, onEvent: () => undefined });
  isRedisAway = true;
  await api.api.counts().catch(() => undefined);
  expect(live.connection.value).toBe('reconnecting');
  await vi.advanceTimersByTimeAsync(6000);
  expect(live.connection.value).toBe('disconnected');
  expect(onRefresh).not.toHaveBeenCalled();

  isRedisAway = false;
  await vi.advanceTimersByTimeAsync(2000);
  expect(api.reachable.value).toBe(true);
  expect(onRefresh).toHaveBeenCalled();
  end();
});
