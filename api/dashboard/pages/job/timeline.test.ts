import { expect, test } from 'vitest';
import type { Attempt } from '../../../../shared/views.ts';
import { layOut } from './timeline.ts';

const START = Date.parse('2026-01-02T03:00:00.000Z');
const at = (seconds: number) => new Date(START + 1000 * seconds).toISOString();
const attempt = (number: number, from: number, to: number | null, outcome: Attempt['outcome']): Attempt => ({
  attempt: number,
  worker: `rack-${number}`,
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
  outcome,
  reason: null,
});
const now = (seconds: number) => START + 1000 * seconds;

test('attempts stand where they were, with the gaps between them told by what came before', () => {
  const attempts = [
    attempt(1, 10, 40, 'worker-lost'),
    attempt(2, 45, 60, 'failed'),
    attempt(3, 70, 80, 'cancelled'),
    attempt(4, 90, 110, 'completed'),
  ];
  const { rows, seconds } = layOut({ attempts, createdAt: at(0), state: 'completed' }, 0);
  expect(seconds).toBe(110);
  expect(rows.map(({ bar }) => bar && Math.round(bar.start * 1.1))).toEqual([10, 45, 70, 90]);
  expect(rows.map(({ bar }) => bar && Math.round(bar.width * 1.1))).toEqual([30, 15, 10, 20]);
  expect(rows.map(({ gap }) => [gap?.kind, gap?.seconds])).toEqual([
    ['waiting', 10],
    ['waiting', 5],
    ['back-off', 10],
    ['over', 10],
  ]);
});

test('a running attempt grows up to now, and what is still to come has a row of its own', () => {
  const running = [attempt(1, 0, null, null)];
  const early = layOut({ attempts: running, createdAt: at(0), state: 'active' }, now(20));
  expect(early).toMatchObject({ seconds: 20, rows: [{ bar: { start: 0, width: 100 }, gap: null }] });
  const failed = [attempt(1, 0, 30, 'failed')];
  const { rows } = layOut({ attempts: failed, createdAt: at(0), state: 'delayed' }, now(40));
  expect(rows[1]).toMatchObject({ attempt: null, bar: null, gap: { start: 75, width: 25, kind: 'back-off' } });
});

test('a job that waited for hours does not squeeze its attempts: the axis begins with the first', () => {
  const attempts = [attempt(1, 7200, 7230, 'given-back'), attempt(2, 7240, 7260, 'completed')];
  const { rows, seconds } = layOut({ attempts, createdAt: at(0), state: 'completed' }, 0);
  expect(seconds).toBe(60);
  expect(rows[0]).toMatchObject({ bar: { start: 0, width: 50 }, gap: { width: 0, seconds: 7200 } });
});

test.each([
  [3, [0, 1, 2, 3]],
  [127, [0, 60, 120]],
  [3600, [0, 900, 1800, 2700, 3600]],
  [1_000_000, [0, 259_200, 518_400, 777_600]],
])('an axis of %s s has a few round ticks', (seconds, expected) => {
  const attempts = [attempt(1, 0, seconds, 'completed')];
  const { ticks } = layOut({ attempts, createdAt: at(0), state: 'completed' }, 0);
  expect(ticks.map((tick) => tick.seconds)).toEqual(expected);
});

test('a job that waits for its first attempt has an axis too', () => {
  const { rows } = layOut({ attempts: [], createdAt: at(0), state: 'waiting' }, now(8));
  expect(rows).toMatchObject([{ attempt: null, gap: { start: 0, width: 100, kind: 'waiting', seconds: 8 } }]);
});
