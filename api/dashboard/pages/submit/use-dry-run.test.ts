import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeApi, fakeApi, problem } from '../../data/testing/fake-api.ts';
import type { Outcome } from './use-dry-run.ts';

let fake: FakeApi;
let outcome: Outcome | null = null;
let end: () => void;

beforeEach(async () => {
  fake = fakeApi();
  const { watchDryRun } = await import('./use-dry-run.ts');
  end = watchDryRun({ kind: 'train' }, (next) => {
    outcome = next;
  });
  await fake.pass(250);
});
afterEach(() => {
  end();
  fake.restore();
});

test('a body that is refused for its fields is not asked of again', async () => {
  await fake.answer('/v1/jobs', problem(422, 'validation-failed'), 422);
  expect(outcome?.problem?.code).toBe('validation-failed');
  await fake.pass(600_000);
  expect(fake.asked).toHaveLength(1);
});

test.each([
  [200, { position: 1 }],
  [422, problem(422, 'checkpoint-not-found')],
])('what may become another answer is asked for every 30 s: %i', async (status, body) => {
  await fake.answer('/v1/jobs', body, status);
  await fake.pass(29_000);
  expect(fake.asked).toHaveLength(1);
  await fake.pass(1000);
  expect(fake.asked).toHaveLength(2);
});
