import { expect, test } from 'vitest';
import type { ComparedJob } from '../../data/compared-jobs.ts';
import { bestMarks, bestOf, OUTCOMES } from './outcomes.ts';

const running = (id: string, ...losses: number[]) =>
  ({
    job: { id, result: null },
    epochs: losses.map((validationLoss, i) => ({
      epoch: i + 1,
      validationLoss,
      validationAccuracy: 1 - validationLoss,
      imagesPerSecond: 100,
      seconds: 2,
    })),
  }) as unknown as ComparedJob;
const completed = (id: string, epoch: number, validationLoss: number) =>
  ({ job: { id, result: { best: { epoch, validationLoss } } }, epochs: [] }) as unknown as ComparedJob;
const outcome = (name: string, compared: ComparedJob) => OUTCOMES.find((one) => one.name === name)?.valueOf(compared);

test('the best value of a row is marked, and each that equals it', () => {
  expect(bestMarks([3, 1, null, 1], 'lowest')).toEqual([false, true, false, true]);
  expect(bestMarks([3, 1, null, Number.NaN], 'highest')).toEqual([true, false, false, false]);
});

test('where all are the same, there is one alone or none is better, nothing is marked', () => {
  expect(bestMarks([2, 2], 'lowest')).toEqual([false, false]);
  expect(bestMarks([2, null], 'lowest')).toEqual([false, false]);
  expect(bestMarks([1, 2], undefined)).toEqual([false, false]);
});

test('a job that runs is judged by its epochs so far, a completed one by its best checkpoint', () => {
  const now = running('a', 0.5, 0.3, 0.4);
  expect(outcome('validationLoss', now)).toBe(0.3);
  expect(outcome('bestEpoch', now)).toBe(2);
  expect(outcome('validationAccuracy', now)).toBe(0.7);
  expect(outcome('seconds', now)).toBe(6);
  expect(outcome('testAccuracy', now)).toBeNull();
  expect(outcome('bestEpoch', completed('b', 4, 0.2))).toBe(4);
});

test('the best job is the one with the lowest validation loss; without a loss there is none', () => {
  const jobs = [running('none'), running('wild', Number.NaN), running('a', 0.3), completed('b', 4, 0.2)];
  expect(bestOf(jobs)?.job.id).toBe('b');
  expect(bestOf(jobs.slice(0, 2))).toBeNull();
});
