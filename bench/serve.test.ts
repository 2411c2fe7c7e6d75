import { expect, test } from 'vitest';
import { packageFile } from '../shared/package-root.ts';
import { type Case, startMeasurer } from './measurer.ts';

const ENGINE = [process.execPath, packageFile('dist/bench/engines/measure-engine.js'), 'simd', '1'] as const;
const CASE: Case = { work: 'training', way: 'engine', batchSize: 16, unrolled: 1 };

test('a measuring process times the cases that it is to prepare, and refuses what it cannot do', async () => {
  const measurer = startMeasurer(ENGINE, process.env);
  await expect(measurer.run(0, 1)).rejects.toThrow('case 0 is not prepared');
  await expect(measurer.begin()).rejects.toThrow('this process is not asked to begin');
  expect(await measurer.prepare(0, CASE)).toEqual({ stepsAtOnce: 1 });
  expect((await measurer.run(0, 10)).cpuSeconds).toBeGreaterThan(0);
  await measurer.forget();
  await expect(measurer.run(0, 1)).rejects.toThrow('case 0 is not prepared');
  await measurer.stop();
});
