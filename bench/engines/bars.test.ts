import { expect, test } from 'vitest';
import { barsReport } from './bars.ts';
import type { Measured } from './measure-rows.ts';

type Of = [label: string, whose: Measured['row']['whose'], threads: number, work: 'training' | 'evaluation'];

function measured([label, whose, threads, work]: Of, batchSize: number, perSecond: number): Measured {
  const process = { command: ['none'] as const, env: {} };
  const row = { label, whose, threads, work, way: 'loop' as const, batchSizes: [batchSize], process };
  return { row, batchSize, figures: { perSecond, perCpuSecond: perSecond } };
}

const OURS = [
  measured(['`simd`', 'ours', 1, 'training'], 16, 260),
  measured(['`simd`', 'ours', 1, 'training'], 64, 1000),
  measured(['`simd`', 'ours', 2, 'training'], 16, 364),
  measured(['`simd`', 'ours', 1, 'evaluation'], 256, 900),
];

test('each bar is held against what was measured in the same run, and a missed one says so', () => {
  const report = barsReport([
    ...OURS,
    measured(['PyTorch, eager', 'theirs', 1, 'training'], 16, 100),
    measured(['PyTorch, eager', 'theirs', 2, 'training'], 16, 9000),
    measured(['PyTorch, eager', 'theirs', 1, 'evaluation'], 64, 250),
    measured(['PyTorch, eager', 'theirs', 1, 'evaluation'], 256, 400),
    measured(['PyTorch, `torch.compile`', 'theirs', 1, 'training'], 16, 125),
    measured(['PyTorch, `torch.compile`', 'theirs', 1, 'evaluation'], 256, 300),
    measured(['TensorFlow, `tf.function`', 'theirs', 1, 'training'], 16, 200),
    measured(['ceiling', "the machine's", 1, 'training'], 16, 400),
  ]);
  expect(report.split('\n').slice(2)).toEqual([
    '| training, one thread, batch 16: times PyTorch, eager | 2.5 | 2.60 |',
    '| training, one thread, batch 16: times PyTorch, `torch.compile` | 2 | 2.08 |',
    '| training, one thread, batch 16: times the best of all libraries | 1 | 1.30 |',
    '| training, one thread, batch 16: times the ceiling with plain convolutions | 0.7 | **0.65**, missed |',
    '| training, two threads, batch 16: times one | 1.5 | **1.40**, missed |',
    '| evaluation, one thread: times the best of PyTorch | 3 | **2.25**, missed |',
  ]);
});

test('a bar whose other side was not measured is left out', () => {
  expect(barsReport(OURS).split('\n').slice(2)).toEqual([
    '| training, two threads, batch 16: times one | 1.5 | **1.40**, missed |',
  ]);
});
