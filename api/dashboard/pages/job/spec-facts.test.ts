import { expect, test } from 'vitest';
import { specFacts } from './spec-facts.ts';

const valuesOf = (spec: object) => Object.fromEntries(specFacts(spec).map(({ name, value }) => [name, value]));

test('nested fields stand side by side, in words', () => {
  const facts = valuesOf({
    trainSize: 6000,
    optimizer: { type: 'sgd', learningRate: 0.05 },
    checkpoint: { everyEpochs: 2, keepLast: 3 },
    from: null,
    earlyStopping: { patience: 5, minDelta: 0 },
    maxSeconds: null,
    seed: 1234,
  });
  expect(facts).toEqual({
    'Training images': 'the first 6,000',
    Optimizer: 'SGD',
    'Learning rate': '0.05',
    Checkpoint: 'after every 2 epochs',
    Kept: 'the best and the last 3',
    'Starts from': 'parameters drawn by the seed',
    'Early stopping': 'after 5 epochs that are no better',
    'Better by more than': '0',
    'Time limit': 'none',
    Seed: '1234',
  });
});

test('an optimizer has its name and what there is of it', () => {
  const sgd = { type: 'sgd', learningRate: 0.05, momentum: 0, nesterov: false, weightDecay: 0 };
  expect(valuesOf({ optimizer: sgd })).toEqual({
    Optimizer: 'SGD',
    'Learning rate': '0.05',
    Momentum: 'none',
    Nesterov: 'no',
    'Weight decay': 'none',
  });
  const adam = { type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
  expect(valuesOf({ optimizer: adam })).toEqual({
    Optimizer: 'Adam',
    'Learning rate': '0.001',
    Beta1: '0.9',
    Beta2: '0.999',
    Epsilon: '1e-8',
    'Weight decay': '0.01',
  });
});

test('a field that nobody foresaw is shown under its own name', () => {
  expect(valuesOf({ augment: { shiftPixels: 2 }, layers: [1, 2] })).toEqual({
    'Shift pixels': '2',
    Layers: '[1,2]',
  });
});

test('a reference leads to its job', () => {
  const jobId = 'j0mwupsfj89362a3f1cb';
  expect(specFacts({ checkpoint: { jobId, epoch: 3 }, from: { jobId, epoch: 'best' } })).toEqual([
    { name: 'Checkpoint', value: `${jobId}, epoch 3`, href: `/jobs/${jobId}` },
    { name: 'Starts from', value: `${jobId}, best checkpoint`, href: `/jobs/${jobId}` },
  ]);
});
