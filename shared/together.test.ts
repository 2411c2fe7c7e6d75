import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { together } from './together.ts';

it('what is asked in one turn is answered together, each with its own answer, and what comes later anew', async () => {
  const asked: number[][] = [];
  const double = together(async (numbers: readonly number[]) => {
    asked.push([...numbers]);
    await nextTurn();
    return numbers.map((number) => 2 * number);
  });
  const first = [double(1), double(2)];
  await nextTurn();
  const later = double(3);
  expect(await Promise.all([...first, later])).toEqual([2, 4, 6]);
  expect(asked).toEqual([[1, 2], [3]]);
});

it('more than a hundred are answered a hundred at a time', async () => {
  const sizes: number[] = [];
  const echo = together(async (numbers: readonly number[]) => {
    sizes.push(numbers.length);
    return numbers;
  });
  const asked = Array.from({ length: 250 }, (_, i) => i);
  expect(await Promise.all(asked.map(echo))).toEqual(asked);
  expect(sizes).toEqual([100, 100, 50]);
});

it('a failure is of those alone who asked together', async () => {
  const answers = [() => Promise.reject(new Error('away')), async (questions: readonly string[]) => questions];
  const ask = together(
    (questions: readonly string[]) => answers.shift()?.(questions) ?? expect.fail('asked too often'),
  );
  const outcomes = await Promise.allSettled([ask('a'), ask('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await ask('c')).toBe('c');
});
