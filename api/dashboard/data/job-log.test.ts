import { beforeAll, expect, test, vi } from 'vitest';
import type { LiveEvent } from './live.ts';

let log: typeof import('./job-log.ts');
beforeAll(async () => {
  vi.stubGlobal('window', globalThis);
  log = await import('./job-log.ts');
});

const common = { id: '1-0', at: '2026-01-02T03:04:05.000Z', attempt: 2 };
const messageOf = (event: LiveEvent) => log.lineOf({ ...common, ...event })?.message;

test('a job that ends, an epoch and a checkpoint are lines of the log, and steps are none', () => {
  const epoch = {
    epoch: 3,
    trainLoss: 1.4442,
    trainAccuracy: 0.7773,
    validationLoss: 1.3573,
    validationAccuracy: 0.8036,
  };
  expect(messageOf({ type: 'epoch', ...common, ...epoch, imagesPerSecond: 18_200, seconds: 3 })).toBe(
    'epoch 3: training 1.4442, 77.73%; validation 1.3573, 80.36%; 18,200 images/s',
  );
  expect(messageOf({ type: 'state', ...common, state: 'completed', reason: null })).toBe('completed');
  const checkpoint = { checkpoint: 'e0001-s00000-a001', cursor: { epoch: 1, step: 0 }, parametersSha256: 'a1' };
  expect(messageOf({ type: 'checkpoint', ...common, ...checkpoint })).toBe('checkpoint e0001-s00000-a001 is kept');
  const step = { epoch: 1, step: 2, trainLoss: 1, trainAccuracy: 1, imagesPerSecond: 1 };
  expect(log.lineOf({ ...common, type: 'step', ...step })).toBeNull();
});

test('a failure is told as an error, with its reason', () => {
  const line = log.lineOf({ ...common, type: 'state', state: 'failed', reason: 'the loss is NaN' });
  expect(line).toMatchObject({ ...common, level: 'error', message: 'failed: the loss is NaN' });
});
