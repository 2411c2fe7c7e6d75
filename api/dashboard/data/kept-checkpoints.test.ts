import { expect, test } from 'vitest';
import { type KeptCheckpoint, wholeEpochs } from './kept-checkpoints.ts';

const kept = (epoch: number, step: number, attempt: number) =>
  ({ name: `e${epoch}-s${step}-a${attempt}`, cursor: { epoch, step } }) as KeptCheckpoint;

test('whole epochs are rising, each once: as the latest attempt left it', () => {
  const checkpoints = [kept(3, 40, 2), kept(3, 0, 2), kept(3, 0, 1), kept(1, 0, 1), kept(0, 7, 1), kept(0, 0, 1)];
  expect(wholeEpochs({ checkpoints }).map(({ name }) => name)).toEqual(['e1-s0-a1', 'e3-s0-a2']);
});
