import { expect, test } from 'vitest';
import type { TrainJobView } from '../../shared/views.ts';
import { doneLines, epochLine, progressLine } from './demo-text.mjs';

const JOB = {
  id: 'j0mabcdefg0123456789',
  state: 'active',
  reason: null,
  position: null,
  spec: { epochs: 20 },
  progress: { percentage: 42.4, epoch: 8, step: 1600, imagesPerSecond: 18_234.5, estimatedRemainingSeconds: 75 },
  latest: { epoch: 9, step: 1600, trainLoss: 1.2345, trainAccuracy: 0.81, imagesPerSecond: 18_234.5 },
  result: null,
  error: null,
} as unknown as TrainJobView;

test('a running job in one line, never wider than the terminal', () => {
  const wide = progressLine(JOB, 120);
  expect(wide).toMatch(
    /^\[█{13}░{17}\] {2}42 % {2}epoch 9\/20 {2}step 1,600 {2}loss 1\.2345 {2}18,235 images\/s {2}1 min 15 s left$/,
  );
  expect(progressLine(JOB, 60).length).toBeLessThan(60);
});

test('a job that waits says for what', () => {
  expect(progressLine({ ...JOB, state: 'waiting', position: 3 }, 80)).toBe('waiting: position 3 in the queue');
  expect(progressLine({ ...JOB, state: 'waiting', reason: 'no-worker' }, 80)).toMatch(/no worker/);
});

test('an epoch in one line', () => {
  const row = {
    epoch: 3,
    trainLoss: 1.44421,
    trainAccuracy: 0.7773,
    validationLoss: 1.3573,
    validationAccuracy: 0.8036,
    imagesPerSecond: 18_200,
    seconds: 3,
  };
  expect(epochLine(row, 20)).toBe(
    'epoch  3/20 | train loss 1.4442 accuracy 0.7773 | validation loss 1.3573 accuracy 0.8036 | 18,200 images/s',
  );
});

test('a job that failed says why', () => {
  const failed = {
    ...JOB,
    state: 'failed',
    error: { code: 'loss-not-finite', message: 'the loss is not finite' },
  } as TrainJobView;
  expect(doneLines(failed)).toEqual([`Job ${JOB.id} failed: the loss is not finite (loss-not-finite).`]);
});
