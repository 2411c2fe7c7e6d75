import { afterEach, beforeEach, expect, test } from 'vitest';
import { inTime, untilEither } from './abort.ts';
import { type FakeApi, fakeApi } from './testing/fake-api.ts';

let fake: FakeApi;
let api: typeof import('./api.ts');
beforeEach(async () => {
  fake = fakeApi();
  api = await import('./api.ts');
});
afterEach(() => fake.restore());

test('a request without an answer is given up, and shows that the API cannot be reached', async () => {
  const asked = inTime((signal) => api.api.counts(signal)).catch((failure) => failure.problem.code);
  await fake.pass(9999);
  expect(fake.open.size).toBe(1);
  await fake.pass(1);
  expect(await asked).toBe('unreachable');
  expect(api.reachable.value).toBe(false);
  expect(fake.asked.length - fake.open.size).toBe(1);

  const again = inTime((signal) => api.api.counts(signal));
  await fake.answer('/v1/jobs/counts', { states: {}, queues: [] });
  await again;
  expect(api.reachable.value).toBe(true);
});

test.each([0, 1])('a request ends with either of its signals, and says why', async (index) => {
  const controllers = [new AbortController(), new AbortController()] as const;
  const signals = [controllers[0].signal, controllers[1].signal] as const;
  const asked = untilEither(signals, (signal) => api.api.counts(signal)).catch((reason) => reason);
  controllers[index as 0 | 1].abort('enough');
  expect(await asked).toBe('enough');
  expect(await untilEither(signals, (signal) => api.api.counts(signal)).catch((reason) => reason)).toBe('enough');
  expect(fake.open.size).toBe(0);
  expect(api.reachable.value).toBe(true);
});
