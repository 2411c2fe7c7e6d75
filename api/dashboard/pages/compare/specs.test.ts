import { expect, test } from 'vitest';
import type { TrainSpec } from '../../../../shared/jobs.ts';
import { fieldRows } from './specs.ts';

const spec = (more: object = {}) =>
  ({
    epochs: 20,
    optimizer: { type: 'sgd', learningRate: 0.001 },
    earlyStopping: null,
    seed: 0,
    engine: 'simd',
    ...more,
  }) as TrainSpec;
const differing = (specs: TrainSpec[]) =>
  fieldRows(specs)
    .filter(({ differs }) => differs)
    .map(({ path, values }) => [path, ...values]);

test('fields that differ are named by their path', () => {
  const other = spec({ optimizer: { type: 'sgd', learningRate: 0.01 }, seed: 7 });
  expect(differing([spec(), other, spec()])).toEqual([
    ['optimizer.learningRate', 0.001, 0.01, 0.001],
    ['seed', 0, 7, 0],
  ]);
});

test('all fields are there, those of one object together', () => {
  const paths = fieldRows([spec(), spec({ earlyStopping: { patience: 3, minDelta: 0 } })]).map(({ path }) => path);
  expect(paths).toEqual([
    'epochs',
    'optimizer.type',
    'optimizer.learningRate',
    'earlyStopping.patience',
    'earlyStopping.minDelta',
    'seed',
    'engine',
  ]);
});

test('an object beside null differs by its fields', () => {
  expect(differing([spec(), spec({ earlyStopping: { patience: 3, minDelta: 0 } })])).toEqual([
    ['earlyStopping.patience', null, 3],
    ['earlyStopping.minDelta', null, 0],
  ]);
});

test('equal specs differ in nothing', () => {
  expect(differing([spec(), spec()])).toEqual([]);
});
