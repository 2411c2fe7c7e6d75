import { expect, test } from 'vitest';
import { answerKey, createAnswers } from './answers.ts';

const digit = (value: number) => new Uint8Array(784).fill(value);
const key = (jobId: string, parametersSha256: string, value: number) =>
  answerKey(jobId, { parametersSha256 }, digit(value));

test('an answer is known again for the same parameters and picture, and for no other', () => {
  const answers = createAnswers();
  answers.set(key('j1', 'a', 5), [1]);
  expect(answers.get(key('j1', 'a', 5))).toEqual([1]);
  expect([key('j1', 'a', 6), key('j1', 'b', 5), key('j2', 'a', 5)].map(answers.get)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('the oldest answers go', () => {
  const answers = createAnswers(2);
  for (const name of ['a', 'b', 'c']) answers.set(name, [0]);
  expect(['a', 'b', 'c'].map((name) => answers.get(name) !== undefined)).toEqual([false, true, true]);
});
