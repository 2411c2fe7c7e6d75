/** What was measured, held against what the graph has to reach. */
import { STEPS_AT_ONCE } from '../../worker/engines/tfjs/tensorflow/steps-at-once.ts';
import type { Measured } from '../measure-cells.ts';
import type { FirstStep } from './first-steps.ts';
import { PLAIN, type Row, SCRIPT } from './plan.ts';

/** At batch size 16 on a CPU; first steps in seconds. */
const BARS = { timesEager: 5, timesPytorch: 2, cold: 10, warm: 0.5 };

const OTHERS = [
  { label: 'op by op', what: 'the same step op by op', bar: BARS.timesEager },
  { label: SCRIPT, what: `a ${SCRIPT}`, bar: BARS.timesEager },
  { label: 'PyTorch, eager', what: 'PyTorch, eager', bar: BARS.timesPytorch },
];

/**
 * Of the graph that the engine takes, in whole float32 and without XLA, as it runs unless somebody sets it otherwise; beside
 * it the best number of steps a call.
 */
export function verdictOf(device: 'cpu' | 'gpu', measured: readonly Measured<Row>[], firstSteps: readonly FirstStep[]) {
  const per = device === 'cpu' ? 'perCpuSecond' : 'perSecond';
  const at16 = measured.filter(({ row, batchSize }) => batchSize === 16 && row.work === 'training');
  const graphs = at16
    .filter(({ row }) => row.process === PLAIN && row.way === 'graph')
    .map(({ row: { unrolled }, figures }) => ({ unrolled, rate: figures[per] }));
  const others = OTHERS.flatMap((other) => {
    const rate = at16.find(({ row }) => row.label === other.label)?.figures[per];
    return rate === undefined ? [] : [{ ...other, rate }];
  });
  const steps = STEPS_AT_ONCE[device];
  const taken = graphs.find(({ unrolled }) => unrolled === steps);
  const sentences: string[] = [];
  if (taken === undefined)
    sentences.push(`The graph of ${steps} steps a call, which the engine takes, was not measured.`);
  else {
    const where = `at batch size 16, per second${device === 'cpu' ? ' of CPU time' : ''}`;
    const times = others.map(({ what, bar, rate }) => `${(taken.rate / rate).toFixed(1)} times ${what} (bar: ${bar})`);
    sentences.push(
      `The graph of ${steps} steps a call, which the engine takes, ${where}: ${times.join(', ') || 'beside nothing'}.`,
    );
    const best = graphs.reduce((a, b) => (b.rate > a.rate ? b : a));
    const more = others.map(({ rate }) => (best.rate / rate).toFixed(1)).join(', ');
    if (best !== taken) sentences.push(`The fastest graph is that of ${best.unrolled}: ${more} times.`);
  }
  const times = firstSteps[0]?.times;
  const { cold, warm } = BARS;
  sentences.push(
    times
      ? `First step: ${times.cold.toFixed(2)} s cold (bar: ${cold}), ${times.warm.toFixed(3)} s warm (bar: ${warm}).`
      : 'The first step was not measured.',
  );
  return sentences.join(' ');
}
