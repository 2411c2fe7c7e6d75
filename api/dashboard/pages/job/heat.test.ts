import { expect, test } from 'vitest';
import { DEEPEST, depthsOf } from './heat.ts';

test('what is right is measured by its digit, what is wrong by the most frequent confusion', () => {
  const depths = depthsOf([
    [100, 0],
    [4, 16],
  ]);
  expect(depths[0]).toEqual([DEEPEST, 0]);
  expect(depths[1]?.[0]).toBe(DEEPEST);
  expect(depths[1]?.[1]).toBe(Math.round(DEEPEST * Math.sqrt(16 / 20)));
});

test('a matrix without images has no colour', () => {
  expect(
    depthsOf([
      [0, 0],
      [0, 0],
    ]),
  ).toEqual([
    [0, 0],
    [0, 0],
  ]);
});
