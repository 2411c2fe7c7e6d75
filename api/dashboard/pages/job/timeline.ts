/** Where attempts stand on a time axis, and the gaps between them in which nobody worked on the job. */

import type { Attempt, JobView } from '../../../../shared/views.ts';
import type { IconName } from '../../components/icon.tsx';

export type Outcome = NonNullable<Attempt['outcome']> | 'running';

/** What happened before an attempt began; `over`: the job had ended, until it was retried. */
export type GapKind = 'waiting' | 'back-off' | 'over';

/** In percent of the axis. */
export interface Span {
  start: number;
  width: number;
}

export interface TimelineRow {
  /** null: the attempt that is still to come. */
  attempt: Attempt | null;
  bar: Span | null;
  gap: (Span & { kind: GapKind; seconds: number }) | null;
}

export interface Timeline {
  rows: TimelineRow[];
  /** The whole axis. */
  seconds: number;
  ticks: { at: number; seconds: number }[];
}

export const OUTCOMES: Record<Outcome, { word: string; icon: IconName }> = {
  running: { word: 'Running', icon: 'active' },
  completed: { word: 'Completed', icon: 'completed' },
  failed: { word: 'Failed', icon: 'failed' },
  cancelled: { word: 'Cancelled', icon: 'cancelled' },
  'given-back': { word: 'Given back', icon: 'retry' },
  'worker-lost': { word: 'Worker lost', icon: 'alert' },
};

export const GAPS: Record<GapKind, string> = {
  waiting: 'waited',
  'back-off': 'backed off',
  over: 'had ended',
};

type Shown = Pick<JobView, 'attempts' | 'createdAt' | 'state'>;

/** @param now in milliseconds: where a running attempt, or a wait, ends so far */
export function layOut({ attempts, createdAt, state }: Shown, now: number): Timeline {
  const pending = state === 'waiting' || state === 'delayed';
  const from = originOf(attempts, Date.parse(createdAt), now);
  const ends = attempts.map((attempt) => endOf(attempt, now));
  const to = Math.max(pending ? now : 0, from + 1000, ...ends);
  const span = (start: number, end: number): Span => {
    const [left, right] = [Math.max(from, start), Math.max(from, end)];
    return { start: (100 * (left - from)) / (to - from), width: (100 * (right - left)) / (to - from) };
  };
  const gapBefore = (i: number, end: number, kind: GapKind): TimelineRow['gap'] => {
    const start = i === 0 ? Date.parse(createdAt) : (ends[i - 1] ?? from);
    const seconds = (end - start) / 1000;
    return seconds < 0.5 ? null : { ...span(start, end), kind, seconds };
  };
  const rows = attempts.map((attempt, i): TimelineRow => {
    const start = Date.parse(attempt.startedAt);
    return {
      attempt,
      bar: span(start, endOf(attempt, now)),
      gap: gapBefore(i, start, gapAfter(attempts[i - 1]?.outcome)),
    };
  });
  if (pending) {
    const gap = gapBefore(attempts.length, now, state === 'delayed' ? 'back-off' : 'waiting');
    rows.push({ attempt: null, bar: null, gap });
  }
  const seconds = (to - from) / 1000;
  return { rows, seconds, ticks: ticksOf(seconds) };
}

function endOf({ startedAt, endedAt }: Attempt, now: number): number {
  return endedAt === null ? Math.max(now, Date.parse(startedAt)) : Date.parse(endedAt);
}

/** A job that waited longer for its first attempt than it has worked since: its axis begins with that attempt. */
function originOf([first, ...later]: readonly Attempt[], created: number, now: number): number {
  if (first === undefined) return created;
  const start = Date.parse(first.startedAt);
  const end = endOf(later.at(-1) ?? first, now);
  return start - created > end - start ? start : created;
}

function gapAfter(outcome: Attempt['outcome'] | undefined): GapKind {
  if (outcome === 'failed') return 'back-off';
  return outcome === 'cancelled' ? 'over' : 'waiting';
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800];
const MOST_TICKS = 4;

function ticksOf(seconds: number): Timeline['ticks'] {
  const step = STEPS.find((candidate) => seconds / candidate <= MOST_TICKS) ?? 86_400 * Math.ceil(seconds / 345_600);
  const count = Math.floor(seconds / step) + 1;
  return Array.from({ length: count }, (_, i) => ({ at: (100 * i * step) / seconds, seconds: i * step }));
}
