/** What was measured, as Markdown and as bars. */
import { MODELS } from '../../shared/models/models.ts';
import { counted, rounded } from '../figures.ts';
import { table } from '../markdown-table.ts';
import { multiplyAddsOfEvaluation, multiplyAddsOfTraining } from './arithmetic.ts';
import type { Bar, BarGroup } from './chart.ts';
import type { Measured } from './measure-rows.ts';
import { REFERENCE_BATCH, type Row } from './plan.ts';
import type { Ended, Trained, WholeJob } from './whole-job.ts';

export function ratesReport(measured: readonly Measured[]): string {
  const training = measured.filter(({ row }) => row.work === 'training');
  const batchSizes = [...new Set(training.map(({ batchSize }) => batchSize))];
  const cell = (row: Row, size: number) => {
    const found = training.find((it) => it.row === row && it.batchSize === size);
    return found ? rounded(found.figures.perSecond) : '';
  };
  return [
    table(
      ['training, images a second', 'threads', ...batchSizes.map((size) => `batch ${size}`)],
      rowsOf(training).map((row) => [row.label, String(row.threads), ...batchSizes.map((size) => cell(row, size))]),
    ),
    ceilingReport(measured),
    table(
      ['evaluation', 'threads', 'images a second', 'batch'],
      bestEvaluations(measured).map(({ row, batchSize, figures }) => [
        row.label,
        String(row.threads),
        rounded(figures.perSecond),
        row.whose === 'ours' ? 'its own' : String(batchSize),
      ]),
    ),
  ].join('\n\n');
}

/** How much of what the machine can do at most with plain convolutions `simd` does on one thread. */
function ceilingReport(measured: readonly Measured[]): string {
  const ceiling = measured.find(({ row }) => row.whose === "the machine's")?.figures.perSecond;
  const rateOf = (work: Row['work'], ofSize: (batchSize: number) => boolean) =>
    measured.find(
      ({ row, batchSize }) => row.label === '`simd`' && row.threads === 1 && row.work === work && ofSize(batchSize),
    )?.figures.perSecond;
  const training = rateOf('training', (batchSize) => batchSize === REFERENCE_BATCH);
  const evaluation = rateOf('evaluation', () => true);
  if (ceiling === undefined || training === undefined || evaluation === undefined) {
    return 'The ceiling could not be measured.';
  }
  const perTrained = multiplyAddsOfTraining(MODELS.lenet5);
  const perEvaluated = multiplyAddsOfEvaluation(MODELS.lenet5);
  const multiplyAdds = ceiling * perTrained;
  const operations = (count: number) => `${((2 * count) / 1e6).toFixed(3)} million`;
  const share = (rate: number, perImage: number) => `${Math.round((100 * rate * perImage) / multiplyAdds)} %`;
  return (
    `One thread multiplies and adds ${(multiplyAdds / 1e9).toFixed(1)} billion floats a second in WebAssembly's vectors of 128 bits. ` +
    `Training on one image takes ${operations(perTrained)} floating-point operations: ${rounded(ceiling)} images a second, ` +
    `were all else free and the convolutions plain. \`simd\`, whose convolutions take fewer, reaches ${share(training, perTrained)} of that at batch ${REFERENCE_BATCH}. ` +
    `Evaluating one takes ${operations(perEvaluated)}: ${rounded(multiplyAdds / perEvaluated)} images a second, of which it reaches ${share(evaluation, perEvaluated)}.`
  );
}

export function ratesAsBars(measured: readonly Measured[]): BarGroup[] {
  const training = measured.filter(({ row, batchSize }) => row.work === 'training' && batchSize === REFERENCE_BATCH);
  return [
    { title: `Training, batch size ${REFERENCE_BATCH}: images a second`, bars: training.map(barOf) },
    { title: 'Evaluation: images a second', bars: bestEvaluations(measured).map(barOf) },
  ];
}

/** Of each row, at its best batch size. */
function bestEvaluations(measured: readonly Measured[]): Measured[] {
  const evaluation = measured.filter(({ row }) => row.work === 'evaluation');
  return rowsOf(evaluation).map((row) =>
    evaluation
      .filter((it) => it.row === row)
      .reduce((best, it) => (it.figures.perSecond > best.figures.perSecond ? it : best)),
  );
}

function rowsOf(measured: readonly Measured[]): Row[] {
  return [...new Set(measured.map(({ row }) => row))];
}

function barOf({ row: { label, threads, whose }, figures: { perSecond } }: Measured): Bar {
  const on = threads === 1 ? '1 thread' : `${threads} threads`;
  return { label: `${label.replaceAll('`', '')}, ${on}`, value: perSecond, text: rounded(perSecond), whose };
}

/** What a whole job may take, as a share of its training steps, on top of them. */
const BAR = 0.05;

export function wholeJobReport({ epochs, queue, alone, pytorch, rounds }: WholeJob): string {
  const row = (label: string, { seconds, training, validation, others, accuracy }: Ended & Partial<Trained>) => [
    ...[label, ...[seconds, training, validation, others].map((it) => it?.toFixed(1) ?? ''), accuracy.toFixed(4)],
  ];
  return [
    table(
      [
        `a whole job, ${counted(epochs, 'epoch')}, on one thread: seconds`,
        ...['in all', 'training steps', 'validation', 'all else', 'test accuracy'],
      ],
      [
        row('`simd`, a job through the queue', queue),
        row('`simd`, its engine alone in one process', alone),
        ...(pytorch ? [row('PyTorch, eager, one run', pytorch)] : []),
      ],
    ),
    `The queue (POST, Redis, worker, trainer, checkpoints, events) takes ${percent(queue.seconds / alone.seconds - 1)} more than the engine alone, which validates and tests as well. ` +
      `Held against its training steps alone, the job through the queue takes ${percent(queue.seconds / queue.training - 1)} more (bar: ${100 * BAR} %): ` +
      `${percent(queue.validation / queue.training)} for validation, ${percent(queue.others / queue.training)} for all else, the test included. ` +
      `Medians of ${counted(rounds, 'round')}${pytorch ? '; PyTorch ran once, in the midst of them' : ''}.`,
  ].join('\n\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
