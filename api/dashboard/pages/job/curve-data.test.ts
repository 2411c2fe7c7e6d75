import { expect, test } from 'vitest';
import type { EpochRow, TrainJobView } from '../../../../shared/views.ts';
import { curvesOf } from './curve-data.ts';

const row = (epoch: number, validationLoss: number) =>
  ({ epoch, trainLoss: 1 / epoch, trainAccuracy: 0.5, validationLoss, validationAccuracy: 0.6 }) as EpochRow;
const rows = [row(1, 0.9), row(2, 0.7), row(3, 0.8)];
const latest = (epoch: number) => ({ epoch, step: 5, trainLoss: 0.3, trainAccuracy: 0.9, imagesPerSecond: 1 });
const curves = (job: Partial<TrainJobView>, epochs = rows) =>
  curvesOf({ state: 'active', latest: null, result: null, ...job }, epochs);

test('the running epoch has a point of its own, until its row is there', () => {
  const { x, loss } = curves({ latest: latest(4) });
  expect(x).toEqual([1, 2, 3, 4]);
  expect(loss.find(({ label }) => label === 'So far')?.values).toEqual([null, null, null, 0.3]);
  for (const { values } of loss) expect(values).toHaveLength(4);
  expect(curves({ latest: latest(3) }).x).toEqual([1, 2, 3]);
  expect(curves({ latest: latest(3), state: 'failed' }).loss.map(({ label }) => label)).not.toContain('So far');
});

test('the best epoch is marked on the validation curve: as the result has it, else the lowest so far', () => {
  const marked = (job: Partial<TrainJobView>) => curves(job).loss.find(({ label }) => label === 'Best epoch')?.values;
  expect(marked({})).toEqual([null, 0.7, null]);
  const result = { best: { epoch: 3 } } as TrainJobView['result'];
  expect(marked({ state: 'completed', result })).toEqual([null, null, 0.8]);
});

test('there is nothing to draw before the first step', () => {
  expect(curves({}, []).x).toEqual([]);
});
