/** What was measured, as Markdown and as bars. */
import { MODELS } from '../../shared/models/models.ts';
import { counted, rounded } from '../figures.ts';
import { table } from '../markdown-table.ts';
import { plainMultiplyAdds, winogradMultiplyAdds } from './arithmetic.ts';
import { barsReport } from './bars.ts';
import type { Bar, BarGroup } from './chart.ts';
import { type Measured, rateOf } from './measure-rows.ts';
import { LABELS, REFERENCE_BATCH, type Row } from './plan.ts';
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
    barsReport(measured),
  ].join('\n\n');
}

/** How much of what the machine can do at most `simd` does on one thread. */
function ceilingReport(measured: readonly Measured[]): string {
  const ceiling = rateOf(measured, { whose: "the machine's" });
  const simd = { label: LABELS.simd, threads: 1 };
  const training = rateOf(measured, { ...simd, work: 'training', batchSize: REFERENCE_BATCH });
  const evaluation = rateOf(measured, { ...simd, work: 'evaluation' });
  if (ceiling === undefined || training === undefined || evaluation === undefined) {
    return 'The ceiling could not be measured.';
  }
  const plain = plainMultiplyAdds(MODELS.lenet5);
  const winograd = winogradMultiplyAdds(MODELS.lenet5);
  const perSecond = ceiling * plain.training;
  const line = (what: string, rate: number, perImage: number) => [
    what,
    (perImage / 1e6).toFixed(2),
    rounded(perSecond / perImage),
    `${Math.round((100 * rate * perImage) / perSecond)} %`,
  ];
  return [
    `One thread multiplies and adds ${(perSecond / 1e9).toFixed(1)} billion floats a second in WebAssembly's vectors of 128 bits. So many images a second could it do at most, were all else free, and so much of that does \`simd\` do on one thread:`,
    table(
      ['', 'multiply-adds per image, millions', 'images a second, at most', '`simd`'],
      [
        line(`training, batch ${REFERENCE_BATCH}, plain convolutions`, training, plain.training),
        line(`training, batch ${REFERENCE_BATCH}, convolutions by Winograd, as they are`, training, winograd.training),
        line('evaluation, plain convolutions', evaluation, plain.evaluation),
        line('evaluation, convolutions by Winograd, as they are', evaluation, winograd.evaluation),
      ],
    ),
  ].join('\n\n');
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
