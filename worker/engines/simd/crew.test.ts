import { expect, it } from 'vitest';
import { createCrew } from './crew.ts';

/** The threads of each of so many calls, of which each takes as long as `millisecondsOf` says. */
function callsOf(count: number, millisecondsOf: (threads: number, call: number) => number): number[] {
  const crew = createCrew(4);
  return Array.from({ length: count }, (_, call) => {
    const threads = crew.threads();
    crew.measured(threads, 100, millisecondsOf(threads, call));
    return threads;
  });
}

it('all threads train where that is faster, and one alone is tried now and then', () => {
  const calls = callsOf(200, (threads) => (threads === 1 ? 20 : 7));
  expect(calls.filter((threads) => threads === 1).length).toBeLessThanOrEqual(5);
  expect(calls.filter((threads) => threads === 4).length).toBeGreaterThanOrEqual(195);
});

it('one trains alone while the others are in its way, and all do once they are not', () => {
  const isBusy = (call: number) => call >= 100 && call < 300;
  const calls = callsOf(500, (threads, call) => (threads === 1 ? 20 : isBusy(call) ? 40 : 10));
  expect(calls.slice(0, 100).filter((threads) => threads === 4).length).toBeGreaterThan(95);
  expect(calls.slice(155, 300).filter((threads) => threads === 1).length).toBeGreaterThan(135);
  expect(calls.slice(360).filter((threads) => threads === 4).length).toBeGreaterThan(130);
});

it('one thread is one thread', () => {
  const crew = createCrew(1);
  crew.measured(1, 100, 20);
  expect(crew.threads()).toBe(1);
});
