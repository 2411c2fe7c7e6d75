import { expect, test } from 'vitest';
import { faultSentence, sentenceOf } from './sentence.ts';

const foreseen = { queue: 'train-cpu' as const, position: 3, reason: null, startsInSeconds: 4, endsInSeconds: 64 };

test('a job that can be foreseen', () => {
  expect(sentenceOf(foreseen)).toBe('Goes to train-cpu at position 3, starts in 4 s, ends in about 1 min.');
  expect(sentenceOf({ ...foreseen, position: 1, startsInSeconds: 0 })).toBe(
    'Goes to train-cpu at position 1, starts at once, ends in about 1 min.',
  );
});

test('one that nobody would take', () => {
  const alone = { ...foreseen, reason: 'no-worker' as const, startsInSeconds: null, endsInSeconds: null };
  expect(sentenceOf(alone)).toBe('Goes to train-cpu at position 3, and waits: no worker serves this queue now.');
  expect(sentenceOf({ ...alone, reason: 'queue-paused' })).toBe(
    'Goes to train-cpu at position 3, and waits: this queue is paused on bull-board.',
  );
});

test('one of which start or end is not known', () => {
  expect(sentenceOf({ ...foreseen, endsInSeconds: null })).toBe(
    'Goes to train-cpu at position 3, starts in 4 s. How long it takes is not known yet.',
  );
  expect(sentenceOf({ ...foreseen, startsInSeconds: null, endsInSeconds: null })).toBe(
    'Goes to train-cpu at position 3. When it starts is not known yet.',
  );
});

test('fields at fault are named', () => {
  expect(faultSentence([])).toBe('It cannot be submitted like this.');
  expect(faultSentence(['Epochs', 'Patience'])).toBe('To be looked at: Epochs, Patience.');
});
