import { expect, test } from 'vitest';
import type { EpochRow, TrainJobView } from '../../../shared/views.ts';
import { bestEpochOf } from './best-epoch.ts';

const rows = [Number.NaN, 0.7, 0.5, 0.5].map((validationLoss, i) => ({ epoch: i + 1, validationLoss }) as EpochRow);

test('the best epoch is what the result says, else the first with the lowest loss that is a number', () => {
  const result = { best: { epoch: 4, validationLoss: 0.5 } } as TrainJobView['result'];
  expect(bestEpochOf({ result }, rows)?.epoch).toBe(4);
  expect(bestEpochOf({ result: null }, rows)?.epoch).toBe(3);
  expect(bestEpochOf({ result: null }, rows.slice(0, 1))).toBeNull();
});
