import { expect, test } from 'vitest';
import { referrersIn } from './referrers.ts';

test('names the jobs in the way, and not the one that was to be deleted', () => {
  const [own, a, b] = ['j0mwupsfj89362a3f1cb', 'j0mwupshq7210cdc89b8', 'j0mwupsi96c18bdff411'];
  const detail = `other jobs refer to checkpoints of job ${own}; delete them first: ${a}, ${b}`;
  expect(referrersIn(detail, `/v1/jobs/${own}`)).toEqual([a, b]);
});
