import { expect, test } from 'vitest';
import { Optimizer, plainSgd } from '../../../shared/jobs.ts';
import { ratesAt } from './optimizers.ts';

test.each([1, 2, 7, 1000, 123_457, 2 ** 24])('the rates of Adam at step %i are those of its formula', (t) => {
  const [stepSize, correction] = ratesAt(Optimizer.parse({ type: 'adam', learningRate: 0.002 }), t);
  expect(stepSize).toBeCloseTo(0.002 / (1 - 0.9 ** t), 14);
  expect(correction).toBeCloseTo(Math.sqrt(1 - 0.999 ** t), 14);
});

test('SGD has none', () => {
  expect(ratesAt(plainSgd(), 1)).toEqual([]);
});
