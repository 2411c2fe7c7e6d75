import { expect, test } from 'vitest';
import { HAS_TENSORFLOW } from '../../worker/engines/testing/engines-here.ts';
import { type Case, startMeasurer } from '../measurer.ts';
import { measureInRounds } from '../rounds.ts';
import { planFor } from './plan.ts';

const MACHINE = { cores: 1, hasTensorflow: true, pythonWithTorch: null, pythonWithTensorflow: null, quick: true };
const CASE: Case = { work: 'training', way: 'engine', batchSize: 16, unrolled: 1 };

test.runIf(HAS_TENSORFLOW)('tensorflow is measured by its graph of many steps alone, as it trains', async () => {
  const { rows, effort } = planFor(MACHINE);
  const how = rows.find(({ label }) => label === '`tensorflow`')?.process ?? expect.unreachable('it is not measured');
  const measurer = startMeasurer(how.command, { ...process.env, ...how.env });
  const asked: number[] = [];
  const run = (id: number, steps: number) => {
    asked.push(steps);
    return measurer.run(id, steps);
  };
  const { stepsAtOnce } = await measurer.prepare(0, CASE);
  const [figures] = await measureInRounds([{ measurer: { ...measurer, run }, case: CASE }], effort, (_place, fault) => {
    throw fault;
  });
  await measurer.stop();
  expect(figures?.perSecond).toBeGreaterThan(0);
  expect(stepsAtOnce).toBeGreaterThan(1);
  expect(asked.filter((steps) => steps % stepsAtOnce !== 0)).toEqual([]);
});
