/** What became of each job, one row for each figure; and which of them did best. */
import { bestEpochOf } from '../../data/best-epoch.ts';
import type { ComparedJob } from '../../data/compared-jobs.ts';
import { formatAccuracy, formatCount, formatDuration, formatLoss, formatSpeed } from '../../format.ts';

export interface Outcome {
  name: string;
  title: string;
  valueOf(compared: ComparedJob): number | null;
  format(value: number | null): string;
  /** Which end of the row is the better one, where one is. */
  best?: 'lowest' | 'highest';
}

const bestEpoch = ({ job, epochs }: ComparedJob) => bestEpochOf(job, epochs);

function highestAccuracy({ epochs }: ComparedJob): number | null {
  return epochs.length === 0 ? null : Math.max(...epochs.map((row) => row.validationAccuracy));
}

function secondsOf({ job, epochs }: ComparedJob): number | null {
  if (job.result) return job.result.seconds;
  return epochs.length === 0 ? null : epochs.reduce((sum, row) => sum + row.seconds, 0);
}

export const OUTCOMES: readonly Outcome[] = [
  {
    name: 'validationLoss',
    title: 'Best val. loss',
    valueOf: (compared) => bestEpoch(compared)?.validationLoss ?? null,
    format: formatLoss,
    best: 'lowest',
  },
  {
    name: 'bestEpoch',
    title: 'in epoch',
    valueOf: (compared) => bestEpoch(compared)?.epoch ?? null,
    format: formatCount,
  },
  {
    name: 'validationAccuracy',
    title: 'Best val. accuracy',
    valueOf: highestAccuracy,
    format: formatAccuracy,
    best: 'highest',
  },
  {
    name: 'testAccuracy',
    title: 'Test accuracy',
    valueOf: ({ job }) => job.result?.test.accuracy ?? null,
    format: formatAccuracy,
    best: 'highest',
  },
  {
    name: 'epochs',
    title: 'Epochs done',
    valueOf: ({ job, epochs }) => job.result?.epochs ?? epochs.length,
    format: formatCount,
  },
  {
    name: 'imagesPerSecond',
    title: 'Images/s',
    valueOf: ({ job, epochs }) => job.result?.imagesPerSecond ?? epochs.at(-1)?.imagesPerSecond ?? null,
    format: formatSpeed,
    best: 'highest',
  },
  {
    name: 'seconds',
    title: 'Time trained',
    valueOf: secondsOf,
    format: formatDuration,
  },
];

/** Which of the values are the best: all of those that are equally good, none where there is nothing to choose from. */
export function bestMarks(values: readonly (number | null)[], best: Outcome['best']): boolean[] {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const winner = best === 'lowest' ? Math.min(...known) : Math.max(...known);
  const isChoice = best !== undefined && new Set(known).size > 1;
  return values.map((value) => isChoice && value === winner);
}

/** The job with the lowest validation loss. */
export function bestOf(jobs: readonly ComparedJob[]): ComparedJob | null {
  const lossOf = (compared: ComparedJob) => bestEpoch(compared)?.validationLoss ?? Number.POSITIVE_INFINITY;
  return jobs.reduce<ComparedJob | null>(
    (best, one) => (lossOf(one) < (best ? lossOf(best) : Number.POSITIVE_INFINITY) ? one : best),
    null,
  );
}
