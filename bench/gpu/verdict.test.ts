import { expect, test } from 'vitest';
import { STEPS_AT_ONCE } from '../../worker/engines/tfjs/tensorflow/steps-at-once.ts';
import { planFor } from './plan.ts';
import { verdictOf } from './verdict.ts';

const FIRST = [{ label: 'graph', times: { cold: 0.5, warm: 0.01 } }];

/** As if all rows but these were as fast as one image a second. */
function measuredOn(device: 'cpu' | 'gpu', rates: Record<string, number>) {
  const { rows } = planFor({ device, hasPytorch: true, quick: false });
  return rows.map((row) => {
    const perSecond = rates[row.label] ?? 1;
    return { row, batchSize: 16, figures: { perSecond, perCpuSecond: 2 * perSecond } };
  });
}

test.each(['cpu', 'gpu'] as const)(
  'on a %s the graph that the engine takes is judged, and no faster one of another kind',
  (device) => {
    const steps = STEPS_AT_ONCE[device];
    const rates = { [`graph, ${steps} steps a call`]: 12, 'op by op': 2, 'PyTorch, eager': 4 };
    const faster = Object.fromEntries(
      ['XLA', 'bfloat16', 'float16', 'TF32 and kernels of its choice'].flatMap((kind) =>
        [1, 8, 16, 32].map((count) => [`graph, ${count} step${count === 1 ? '' : 's'} a call, ${kind}`, 99]),
      ),
    );
    const verdict = verdictOf(device, measuredOn(device, { ...faster, ...rates }), FIRST);
    expect(verdict).toContain(
      `The graph of ${steps} steps a call, which the engine takes, at batch size 16, per second${device === 'cpu' ? ' of CPU time' : ''}: ` +
        '6.0 times the same step op by op (bar: 5), 12.0 times a plain script of tfjs-node (bar: 5), 3.0 times PyTorch, eager (bar: 2). First step: 0.50 s',
    );
    expect(verdictOf(device, measuredOn(device, { ...rates, 'graph, 32 steps a call': 16 }), FIRST)).toContain(
      ' The fastest graph is that of 32: 8.0, 16.0, 4.0 times. First step',
    );
  },
);

test('what was not measured is said to be so', () => {
  expect(verdictOf('cpu', [], [{ label: 'graph', times: null }])).toBe(
    `The graph of ${STEPS_AT_ONCE.cpu} steps a call, which the engine takes, was not measured. The first step was not measured.`,
  );
});
