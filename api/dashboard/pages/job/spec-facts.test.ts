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

test('a field that nobody foresaw is shown under its own name', () => {
  expect(valuesOf({ optimizer: { weightDecay: 0.01 }, layers: [1, 2] })).toEqual({
    'Weight decay': '0.01',
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
