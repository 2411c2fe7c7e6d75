/** The jobs' epochs as curves over one axis, and how each job's curve looks. */
import type { EpochRow } from '../../../../shared/views.ts';

export const METRICS = {
  validationLoss: 'Validation loss',
  trainLoss: 'Training loss',
  validationAccuracy: 'Validation accuracy',
  trainAccuracy: 'Training accuracy',
} as const;
export type Metric = keyof typeof METRICS;

export const AXES = { epoch: 'Epoch', seconds: 'Seconds of training' } as const;
export type Axis = keyof typeof AXES;

export const isLoss = (metric: Metric): boolean => metric === 'validationLoss' || metric === 'trainLoss';

export interface Aligned {
  /** Wherever one of the jobs has a value; rising. */
  x: number[];
  /** For each job, as long as `x`: null where it has no value. */
  values: (number | null)[][];
}

export function align(jobs: readonly (readonly EpochRow[])[], metric: Metric, axis: Axis): Aligned {
  const curves = jobs.map((rows) => pointsOf(rows, metric, axis));
  const x = [...new Set(curves.flatMap((points) => [...points.keys()]))].sort((a, b) => a - b);
  return { x, values: curves.map((points) => x.map((at) => points.get(at) ?? null)) };
}

function pointsOf(rows: readonly EpochRow[], metric: Metric, axis: Axis): Map<number, number> {
  let seconds = 0;
  const points = new Map<number, number>();
  for (const row of rows) {
    seconds += row.seconds;
    if (Number.isFinite(row[metric])) points.set(axis === 'epoch' ? row.epoch : seconds, row[metric]);
  }
  return points;
}

export interface Look {
  /** Stands at the curve's end and before the job's name, wherever that is. */
  mark: string;
  color: string;
  dash: readonly number[];
}

const SOLID: readonly number[] = [];
const DASHED = [8, 4];
const DOTTED = [2, 3];
const DASH_DOT = [9, 3, 2, 3];
const LONG = [15, 4];
/** Two colours have the same dash where people who see no red or green tell them apart. */
const DASHES = [SOLID, DASHED, DOTTED, DASH_DOT, DOTTED, SOLID, DASHED, DASH_DOT, LONG, LONG];

/** @param index among the jobs of the address: a job keeps its look however they are ordered */
export function lookOf(index: number): Look {
  return { mark: String(index + 1), color: `--series-${index + 1}`, dash: DASHES[index] ?? SOLID };
}
