import { expect, test } from 'vitest';
import { createLeftOut } from '../left-out.ts';
import { measureFirstSteps } from './first-steps.ts';
import type { ProcessPlan } from './plan.ts';
import { firstStepsReport } from './report.ts';

test('a first step that fails leaves the others measured, and is told of', async () => {
  const plain: ProcessPlan = { runs: 'tensorflow', env: {} };
  const broken: ProcessPlan = { runs: 'tensorflow', env: { TF_XLA_FLAGS: '--tf_xla_auto_jit=2' } };
  const leftOut = createLeftOut();
  let started = 0;
  let stopped = 0;
  const start = (process: ProcessPlan) => {
    let begun = 0;
    started += 1;
    return {
      async begin() {
        if (process === broken) throw new Error('node ended: XLA\n  cannot');
        begun += 1;
        return begun === 1 ? 2 : 0.25;
      },
      async stop() {
        stopped += 1;
      },
    };
  };
  const asked = [
    { label: 'graph, XLA', process: broken },
    { label: 'graph', process: plain },
  ];
  const firstSteps = await measureFirstSteps(asked, 3, start, leftOut);
  expect(firstStepsReport(firstSteps)).toContain('| graph, XLA | — | — |\n| graph | 2.00 | 0.250 |');
  expect(leftOut.report()).toEqual(['Left out:', '- first step, graph, XLA: node ended: XLA cannot']);
  expect([started, stopped]).toEqual([4, 4]);
});
