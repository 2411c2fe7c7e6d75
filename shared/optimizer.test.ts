import { expect, test } from 'vitest';
import { Optimizer, plainSgd, TrainSpec } from './jobs.ts';

test('a spec from before there was momentum is one of plain SGD', () => {
  const { optimizer } = TrainSpec.parse({ engine: 'simd', optimizer: { type: 'sgd', learningRate: 0.05 } });
  expect(optimizer).toEqual({ type: 'sgd', learningRate: 0.05, momentum: 0, nesterov: false, weightDecay: 0 });
  expect(optimizer).toEqual(plainSgd(0.05));
});

test('an optimizer that is not said is plain SGD, and the defaults of Adam are those of torch.optim', () => {
  expect(Optimizer.parse({})).toEqual(plainSgd());
  expect(Optimizer.parse({ type: 'adam' })).toEqual({
    type: 'adam',
    learningRate: 0.001,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
  });
});
