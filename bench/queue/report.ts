/** What was measured, as Markdown. */
import { counted } from '../figures.ts';
import { table } from '../markdown-table.ts';
import type { Fired } from './autocannon.ts';
import type { Drained, Memory } from './draining.ts';
import { AT_ONCE, REQUEST } from './plan.ts';
import { JOBS_AT_ONCE, type Submitting, type Turn } from './submitting.ts';

/** What the queue has to reach: a share of BullMQ's own rate, milliseconds, and seconds. */
const BARS = { share: 0.25, p99: 100, listSeconds: 1, gap: 30 };

export interface Results {
  /** Such as the versions. */
  measuredOn: string;
  rounds: number;
  submitting: Submitting;
  drains: readonly Drained[];
  memory: Memory;
}

export function reportOf({ measuredOn, rounds, submitting, drains, memory }: Results): string {
  const { api, express, raw, inTurn, half, listSeconds } = submitting;
  const rateRow = (label: string, { perSecond, p50, p99 }: Fired, cpu?: number) => [
    ...[label, whole(perSecond), ms(p50), ms(p99), cpu?.toFixed(3) ?? ''],
  ];
  const turnRow = (label: string, { fired, cpu }: Turn) => rateRow(label, fired, cpu);
  return [
    `${measuredOn}. Medians of ${counted(rounds, 'round')}, in which the API and BullMQ's own \`add\` of the same jobs, from one process on the same Redis, take turns: ` +
      `the API, and an Express that does nothing between request and answer, with ${AT_ONCE} connections, \`add\` with ${AT_ONCE} under way at once, and in a plain loop, each awaited before the next.`,
    table(
      ['submitting', 'jobs/s', 'p50, ms', 'p99, ms', 'CPU of the process, ms per job'],
      [
        turnRow('one API process', api),
        turnRow('Express alone, the same bodies', express),
        turnRow(`BullMQ alone, ${AT_ONCE} adds at once`, raw),
        turnRow('BullMQ alone, one add after the other', inTurn),
        rateRow('one API process, half its rate asked', half),
      ],
    ),
    table([`one request`, 'seconds'], [[`${whole(JOBS_AT_ONCE)} jobs`, listSeconds.toFixed(2)]]),
    `Jobs of ${REQUEST.spec.epochs} epoch of ${REQUEST.spec.trainSize} images (and ${REQUEST.spec.validationSize} to validate, 10,000 to test): ` +
      "the gap is the time from a job's end to the first step of the next one on the same worker.",
    table(
      ['workers', 'jobs', 'jobs/s', 'gap, ms: median', '95 %'],
      drains.map(({ workers, jobs, perSecond, gap }) => [
        String(workers),
        whole(jobs),
        perSecond.toFixed(2),
        ms(gap.median),
        ms(gap.p95),
      ]),
    ),
    table(
      ['resident memory of a process', 'MB'],
      Object.entries(memory).map(([process, bytes]) => [process, whole(bytes / 1e6)]),
    ),
    comparedWithBars(submitting, drains),
  ].join('\n\n');
}

function comparedWithBars(
  { api, express, raw, inTurn, half, listSeconds }: Submitting,
  [one]: readonly Drained[],
): string {
  const percent = (one: Turn, of: Turn) => `${((100 * one.fired.perSecond) / of.fired.perSecond).toFixed(1)} %`;
  return [
    `One API process takes ${percent(api, raw)} of what BullMQ alone adds with ${AT_ONCE} adds at once (bar: ${100 * BARS.share} %; Express alone ${percent(express, raw)}), and ${percent(api, inTurn)} of what it adds one after the other; p99 at half its rate is ${ms(half.p99)} ms (bar: ${BARS.p99}),`,
    `a list of ${whole(JOBS_AT_ONCE)} jobs takes ${listSeconds.toFixed(2)} s (bar: ${BARS.listSeconds}), and the median gap is ${ms(one?.gap.median ?? Number.NaN)} ms (bar: ${BARS.gap}).`,
  ].join(' ');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : whole(value);
}
