import { expect, test } from 'vitest';
import type { JobView, TrainResult } from '../../../../shared/views.ts';
import { stateWords } from './state-words.ts';

const NOW = Date.parse('2026-01-02T03:00:00.000Z');
const result = {
  epochs: 12,
  stoppedEarly: false,
  seconds: 62,
  best: { epoch: 9, validationLoss: 0.5, validationAccuracy: 0.985 },
  test: { accuracy: 0.9812 },
} as TrainResult;
const job = (more: object) =>
  ({
    kind: 'train',
    queue: 'train-gpu',
    attempt: 1,
    failures: 0,
    reason: null,
    position: null,
    progress: null,
    error: null,
    result: null,
    worker: 'rack-2',
    cancelRequested: false,
    delayedUntil: null,
    spec: { epochs: 30 },
    ...more,
  }) as unknown as JobView;
const words = (more: object) => stateWords(job(more), NOW);

test('a job that waits says for what', () => {
  const waiting = { state: 'waiting', position: 3, attempt: 0 };
  expect(words(waiting)).toEqual({
    headline: 'Waits, 3rd in train-gpu',
    detail: 'It starts when a worker is free.',
  });
  expect(words({ ...waiting, reason: 'no-worker' })).toEqual({
    headline: 'No worker takes train-gpu',
    detail: 'It starts as soon as there is one. Start one with:',
    command: 'npm run worker',
  });
  expect(words({ ...waiting, reason: 'queue-paused' })).toEqual({
    headline: 'train-gpu is paused',
    detail: 'It starts some time after the queue is resumed on bull-board.',
  });
  expect(words({ ...waiting, attempt: 2 }).detail).toContain('goes on from its last checkpoint');
});

test('a delayed job counts down, and says what went wrong', () => {
  const delayed = {
    state: 'delayed',
    delayedUntil: new Date(NOW + 4200).toISOString(),
    failures: 1,
    error: { code: 'trainer-died', message: 'the trainer was killed' },
  };
  expect(words(delayed)).toEqual({
    headline: 'Tries again in 4 s',
    detail: 'Attempt failed (1 of 3): the trainer was killed',
  });
  expect(words({ ...delayed, reason: 'queue-paused' }).headline).toBe('Tries again in 4 s, if train-gpu is resumed');
  expect(words({ ...delayed, reason: 'no-worker' }).headline).toBe('Tries again in 4 s, if a worker takes train-gpu');
});

test('a running job says where it is, and that it stops when it is to', () => {
  const active = { state: 'active', attempt: 2, progress: { epoch: 4 } };
  expect(words(active)).toEqual({ headline: 'Trains epoch 4 of 30', detail: 'Attempt 2 on rack-2.' });
  expect(words({ ...active, cancelRequested: true }).headline).toBe('Cancelling: stops at its next step');
});

test('a completed job says what it came to, and whether it stopped early', () => {
  expect(words({ state: 'completed', result })).toEqual({
    headline: 'Test accuracy 98.12%',
    detail: '12 epochs in 1 min 02 s. Best: epoch 9, validation accuracy 98.50%.',
  });
  const early = words({ state: 'completed', result: { ...result, stoppedEarly: true } });
  expect(early.detail).toContain('Stopped early after 12 of 30 epochs');
});

test('a failed job says why, and what can be done', () => {
  const error = { code: 'loss-not-finite', message: 'the loss of step 3 is not finite' };
  expect(words({ state: 'failed', progress: { epoch: 1 }, error })).toEqual({
    headline: 'Failed in epoch 1',
    detail:
      'The loss of step 3 is not finite. Every attempt would meet the same: submit a variant with a lower learning rate.',
  });
});
