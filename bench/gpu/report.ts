/** What was measured, as Markdown. */
import { EVALUATION_BATCH } from '../../worker/engines/tfjs/executor.ts';
import { rounded } from '../figures.ts';
import { table } from '../markdown-table.ts';
import type { Measured } from '../measure-cells.ts';
import type { FirstStep } from './first-steps.ts';
import type { Row } from './plan.ts';

export interface Results {
  device: 'cpu' | 'gpu';
  /** Such as the versions. */
  measuredOn: string;
  rounds: number;
  measured: Measured<Row>[];
}

export function ratesReport({ device, measuredOn, rounds, measured }: Results): string {
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
  ].join('\n\n');
}

export function firstStepsReport(firstSteps: readonly FirstStep[]): string {
  return table(
    ['first step, batch 16', 'seconds, cold', 'warm'],
    firstSteps.map(({ label, times }) => [label, times?.cold.toFixed(2) ?? '—', times?.warm.toFixed(3) ?? '—']),
  );
}

function labelsOf(measured: readonly Measured<Row>[]): string[] {
  return [...new Set(measured.map(({ row }) => row.label))];
}

function cell(measured: Measured<Row> | undefined, perCpu: boolean): string {
  if (measured === undefined) return '';
  const { perSecond, perCpuSecond } = measured.figures;
  return perCpu ? `${rounded(perSecond)} (${rounded(perCpuSecond)})` : rounded(perSecond);
}
