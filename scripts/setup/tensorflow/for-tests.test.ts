import { expect, test } from 'vitest';
import { useStandIns } from '../../testing/stand-ins.ts';
import { needsTensorflow, tensorflowForTests } from './for-tests.mjs';

const machine = useStandIns();

test('without TensorFlow its tests are skipped with one line that says how', async () => {
  const { path, skipped } = await tensorflowForTests(machine.root, {});
  expect(path).toBeNull();
  expect(skipped).toMatch(/^SKIPPED, for want of TensorFlow: .*it is not set up.*npm run setup:tensorflow -- --cpu/);
  expect(skipped).not.toContain('\n');
});

test('TensorFlow is asked for only when a test of the TensorFlow engine is to run', () => {
  expect(needsTensorflow([])).toBe(true);
  expect(needsTensorflow(['scripts/setup/tensorflow'])).toBe(true);
  expect(needsTensorflow(['worker/training'])).toBe(true);
  expect(needsTensorflow(['api/board'])).toBe(false);
});
