/** Promises about time, held to on a machine that others use too. */
import { expect } from 'vitest';

/** What is slow the first time alone may be so by the machine, but not without end. */
const WORST = 10;

/**
 * Fails if each of three rounds takes so long: what is slow by itself is so every time, and what only waited for the
 * machine is not. No round follows one that was in time.
 * @param measure does it once; resolves with the milliseconds that it took
 */
export async function expectWithin(
  limitMs: number,
  measure: () => Promise<number>,
  { rounds = 3 } = {},
): Promise<void> {
  const took: number[] = [];
  do took.push(await measure());
  while (Math.min(...took) >= limitMs && took.length < rounds);
  expect(Math.max(...took), `the worst of ${took.length} in milliseconds`).toBeLessThan(WORST * limitMs);
  expect(Math.min(...took), `the best of ${took.length} in milliseconds`).toBeLessThan(limitMs);
}

/** Milliseconds until it resolves. */
export async function msOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
