/** What `simd` is to reach beside what else was measured in the same run, and what it reaches. */
import { table } from '../markdown-table.ts';
import { best, type Measured, rateOf, type Wanted } from './measure-rows.ts';
import { LABELS, REFERENCE_BATCH } from './plan.ts';

const { simd: SIMD, eager: EAGER, compiled: COMPILED } = LABELS;

/** Bars whose other side was not measured are left out. */
export function barsReport(measured: readonly Measured[]): string {
  const training = (wanted: Wanted) =>
    rateOf(measured, { threads: 1, work: 'training', batchSize: REFERENCE_BATCH, ...wanted });
  const evaluation = (label: string, threads: number) => rateOf(measured, { label, threads, work: 'evaluation' });
  const bestOfPytorch = (threads: number) => best([evaluation(EAGER, threads), evaluation(COMPILED, threads)]);
  const simd = training({ label: SIMD });
  const onOne = `training, one thread, batch ${REFERENCE_BATCH}: times`;
  const bars: [what: string, asked: number, reached: number | undefined, than: number | undefined][] = [
    [`${onOne} ${EAGER}`, 2.5, simd, training({ label: EAGER })],
    [`${onOne} ${COMPILED}`, 2, simd, training({ label: COMPILED })],
    [`${onOne} the best of all libraries`, 1, simd, training({ whose: 'theirs' })],
    [`${onOne} the ceiling with plain convolutions`, 0.7, simd, training({ whose: "the machine's" })],
    [`training, two threads, batch ${REFERENCE_BATCH}: times one`, 1.5, training({ label: SIMD, threads: 2 }), simd],
    ['evaluation, one thread: times the best of PyTorch', 3, evaluation(SIMD, 1), bestOfPytorch(1)],
    ['evaluation, two threads: times the best of PyTorch', 3, evaluation(SIMD, 2), bestOfPytorch(2)],
  ];
  return table(
    ['bar', 'asked', 'reached'],
    bars.flatMap(([what, asked, reached, than]) => {
      if (reached === undefined || than === undefined) return [];
      const ratio = reached / than;
      return [[what, String(asked), ratio < asked ? `**${ratio.toFixed(2)}**, missed` : ratio.toFixed(2)]];
    }),
  );
}
