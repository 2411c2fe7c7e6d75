/** What was measured, as Markdown. */
import { EVALUATION_BATCH } from '../../worker/engines/tfjs/executor.ts';
import { table } from '../markdown-table.ts';
import type { Row } from './plan.ts';
import type { Figures } from './rounds.ts';

export interface Measured {
  row: Row;
  batchSize: number;
  figures: Figures;
}

export interface FirstStep {
  label: string;
  /** Seconds: in a new process, and when the graph is there already. */
  cold: number;
  warm: number;
}

export interface Results {
  device: 'cpu' | 'gpu';
  /** Such as the versions. */
  measuredOn: string;
  rounds: number;
  measured: Measured[];
  firstSteps: FirstStep[];
}

export function reportOf({ device, measuredOn, rounds, measured, firstSteps }: Results): string {
  const perCpu = device === 'cpu';
  const training = measured.filter(({ row }) => row.work === 'training');
  const evaluation = measured.filter(({ row }) => row.work === 'evaluation');
  const batchSizes = [...new Set(training.map(({ batchSize }) => batchSize))];
  const cells = perCpu ? ' In brackets: images per second of CPU time.' : '';
  const one = perCpu ? 'On one thread, in a reduced form. ' : '';
  return [
    `${measuredOn}. ${one}Images per second, medians of ${rounds} rounds that take turns.${cells}`,
    table(
      ['training, batch', ...batchSizes.map(String)],
      labelsOf(training).map((label) => [
        label,
        ...batchSizes.map((size) =>
          cell(
            training.find((it) => it.row.label === label && it.batchSize === size),
            perCpu,
          ),
        ),
      ]),
    ),
    table(
      [`evaluation, batch`, String(EVALUATION_BATCH)],
      evaluation.map((it) => [it.row.label, cell(it, perCpu)]),
    ),
    table(
      ['first step, batch 16', 'seconds, cold', 'warm'],
      firstSteps.map(({ label, cold, warm }) => [label, cold.toFixed(2), warm.toFixed(3)]),
    ),
  ].join('\n\n');
}

function labelsOf(measured: readonly Measured[]): string[] {
  return [...new Set(measured.map(({ row }) => row.label))];
}

function cell(measured: Measured | undefined, perCpu: boolean): string {
  if (measured === undefined) return '';
  const { perSecond, perCpuSecond } = measured.figures;
  return perCpu ? `${rounded(perSecond)} (${rounded(perCpuSecond)})` : rounded(perSecond);
}

/** To three digits: a machine says no more from one run to the next. */
function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
