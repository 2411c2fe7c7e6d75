import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EpochRow } from '../../../../shared/views.ts';
import { MOST_COMPARED } from '../../data/compared-ids.ts';
import { align, lookOf } from './series.ts';

const row = (epoch: number, validationLoss: number, seconds = 1) => ({ epoch, validationLoss, seconds }) as EpochRow;

test('a job with fewer epochs has gaps, not zeros', () => {
  const jobs = [[row(1, 2), row(2, 1)], [row(1, 3)], []];
  expect(align(jobs, 'validationLoss', 'epoch')).toEqual({
    x: [1, 2],
    values: [
      [2, 1],
      [3, null],
      [null, null],
    ],
  });
});

test('over seconds of training, each value stands where its epoch ended', () => {
  const jobs = [
    [row(1, 2, 1), row(2, 1, 2)],
    [row(1, 4, 2), row(2, 3, 2)],
  ];
  expect(align(jobs, 'validationLoss', 'seconds')).toEqual({
    x: [1, 2, 3, 4],
    values: [
      [2, null, 1, null],
      [null, 4, null, 3],
    ],
  });
});

test('a loss that is no number any more is a gap', () => {
  expect(align([[row(1, Number.NaN), row(2, 1)]], 'validationLoss', 'epoch')).toEqual({ x: [2], values: [[1]] });
});

test('as many jobs as can be compared have each a colour of their own, and no more than two the same dash', () => {
  const looks = Array.from({ length: MOST_COMPARED }, (_, i) => lookOf(i));
  const tokens = readFileSync(new URL('../../styles/tokens.css', import.meta.url), 'utf8');
  expect(new Set(looks.map(({ color }) => color)).size).toBe(MOST_COMPARED);
  for (const { color } of looks) expect(tokens).toContain(`${color}:`);
  const pairs = new Map<string, number>();
  for (const { dash } of looks) pairs.set(String(dash), (pairs.get(String(dash)) ?? 0) + 1);
  expect([...pairs.values()]).toEqual([2, 2, 2, 2, 2]);
});
