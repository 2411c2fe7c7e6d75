import { expect, test } from 'vitest';
import type { CheckpointList } from '../../../client-types.ts';
import { checkpointOptions, idOfName } from './checkpoint-options.ts';

const WORDS = ['best', 'last'];
const checkpoint = (epoch: number, step: number, validationLoss: number | null, marks: object = {}) =>
  ({ name: `e${epoch}`, cursor: { epoch, step }, validationLoss, isBest: false, isLast: false, ...marks }) as never;
const list: CheckpointList = {
  jobId: 'j' as CheckpointList['jobId'],
  best: 'e2',
  last: 'e3',
  checkpoints: [
    checkpoint(3, 40, null, { isLast: true }),
    checkpoint(3, 0, 0.5),
    checkpoint(2, 0, 0.25, { isBest: true }),
  ],
};

test('best and last say which epoch they are now, and whole epochs stand below', () => {
  expect(checkpointOptions(WORDS, list, 'best')).toEqual([
    ['best', 'Best: epoch 2'],
    ['last', 'Last'],
    ['3', 'Epoch 3, validation loss 0.5000'],
    ['2', 'Epoch 2, validation loss 0.2500'],
  ]);
});

test('what is chosen can be seen whether or not there is such a checkpoint', () => {
  expect(checkpointOptions(WORDS, null, 'last').map(([value]) => value)).toEqual(WORDS);
  expect(checkpointOptions(WORDS, list, '7').at(-1)).toEqual(['7', 'Epoch 7']);
});

test('a name stands for the one job that has it', () => {
  const jobs = [
    { id: 'j1', name: 'wide' },
    { id: 'j2', name: 'deep' },
    { id: 'j3', name: 'deep' },
    { id: 'j4', name: null },
  ] as never;
  expect(['wide ', 'deep', '', 'j2'].map((text) => idOfName(jobs, text))).toEqual(['j1', 'deep', '', 'j2']);
});
