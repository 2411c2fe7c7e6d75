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
  const calls = callsOf(400, (threads) => (threads === 1 ? 40 : 20));
  expect(calls.filter((threads) => threads === 1).length).toBeLessThan(12);
  expect(calls.slice(200).filter((threads) => threads === 1).length).toBeGreaterThan(0);
});

it('a first call that is slow decides for a moment only', () => {
  const calls = callsOf(50, (threads, call) => (call === 0 ? 400 : threads === 1 ? 40 : 20));
  expect(calls.slice(8).filter((threads) => threads === 4).length).toBeGreaterThan(36);
});

it('one trains alone while the others are in its way, and all do once they are not', () => {
  const isBusy = (call: number) => call >= 100 && call < 300;
  const calls = callsOf(500, (threads, call) => (threads === 1 ? 20 : isBusy(call) ? 40 : 10));
  expect(calls.slice(0, 100).filter((threads) => threads === 4).length).toBeGreaterThan(90);
  expect(calls.slice(105, 300).filter((threads) => threads === 1).length).toBeGreaterThan(180);
  expect(calls.slice(410).filter((threads) => threads === 4).length).toBeGreaterThan(80);
});

it('one thread is one thread', () => {
  const crew = createCrew(1);
  crew.measured(1, 100, 20);
  expect(crew.threads()).toBe(1);
});
