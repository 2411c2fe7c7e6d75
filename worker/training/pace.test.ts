import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

/** The steps of each call, where all take as long. */
function paceOf(calls: number, secondsPerStep: number, ...engine: Parameters<typeof createPace>): number[] {
  const pace = createPace(...engine);
  return Array.from({ length: calls }, () => {
    const { steps } = pace;
    pace.measured(steps, steps * secondsPerStep);
    return steps;
  });
}

test('a call grows to 20 ms of steps, at most twofold each time', () => {
  expect(paceOf(7, 0.001)).toEqual([1, 2, 4, 8, 16, 20, 20]);
  expect(paceOf(3, 0.03)).toEqual([1, 1, 1]);
});

test('an engine that does several steps best at once is asked for multiples of them', () => {
  expect(paceOf(4, 0.001, 16)).toEqual([1, 16, 16, 16]);
  expect(paceOf(4, 0.0004, 16)).toEqual([1, 16, 32, 48]);
});

test('that may make a call longer, up to 50 ms', () => {
  expect(paceOf(3, 0.003, 16)).toEqual([1, 16, 16]);
  expect(paceOf(4, 0.004, 16)).toEqual([1, 2, 4, 5]);
});

test('an engine that is bound to multiples of them is asked for nothing else', () => {
  expect(paceOf(3, 0.0004, 16, true)).toEqual([16, 32, 48]);
  expect(paceOf(3, 0.03, 16, true)).toEqual([16, 16, 16]);
});
