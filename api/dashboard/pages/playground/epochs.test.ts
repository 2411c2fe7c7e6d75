import { expect, test } from 'vitest';
import type { TrainSpec } from '../../../../shared/jobs.ts';
import type { KeptCheckpoint } from '../../data/kept-checkpoints.ts';
import { columnsOf, keepingNote, parseWanted, placeOf } from './epochs.ts';

const kept = (epoch: number, { isBest = false } = {}) => ({ cursor: { epoch, step: 0 }, isBest }) as KeptCheckpoint;
const numbersOf = (checkpoints: readonly KeptCheckpoint[]) => checkpoints.map(({ cursor }) => cursor.epoch);

test('a wanted epoch is found, or the nearest that is kept', () => {
  const epochs = [kept(2), kept(5, { isBest: true }), kept(9)];
  expect([2, 5, 6, 8, 99].map((wanted) => placeOf(epochs, wanted))).toEqual([0, 1, 1, 2, 2]);
  expect([placeOf(epochs, 'best'), placeOf(epochs, 'last')]).toEqual([1, 2]);
  expect([placeOf([], 3), placeOf([], 'best'), placeOf([], 'last')]).toEqual([-1, -1, -1]);
});

test('the epoch of an address is a number, best or last', () => {
  expect(['best', 'last', '12', '0', '1.5', 'first', '', null].map(parseWanted)).toEqual([
    'best',
    'last',
    12,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('a long run has two dozen columns, with the first and the last epoch among them', () => {
  const few = Array.from({ length: 24 }, (_, i) => kept(i + 1));
  expect(columnsOf(few)).toEqual(few);
  const columns = numbersOf(columnsOf(Array.from({ length: 1000 }, (_, i) => kept(i + 1))));
  expect([columns.length, new Set(columns).size, columns[0], columns.at(-1)]).toEqual([24, 24, 1, 1000]);
});

test('a job that deletes checkpoints says how to keep them', () => {
  const note = (epochs: number, everyEpochs: number, keepLast: number) =>
    keepingNote({ epochs, checkpoint: { everyEpochs, keepLast } } as TrainSpec);
  expect(note(20, 1, 3)).toBe(
    'This job keeps the 3 latest checkpoints and the best one. To see every epoch, submit one with keepLast 20.',
  );
  expect(note(20, 1, 1)).toContain('the latest checkpoint and the best one');
  expect(note(20, 5, 4)).toBe('This job saves a checkpoint every 5 epochs.');
  expect([note(20, 1, 20), note(1, 5, 1)]).toEqual([null, null]);
});
