import { expect, test } from 'vitest';
import { sha256OfTensors } from '../../../shared/checkpoints/tensors.ts';
import { plainSgd } from '../../../shared/jobs.ts';
import { describeEngine } from '../engine-battery.ts';
import { range, readReference } from '../testing/reference.ts';
import { createSimdEngine } from './simd-engine.ts';

describeEngine('simd', createSimdEngine);

test('simd gives the very bits that it gave when this hash was taken, whatever machine, threads and Node version', async () => {
  const reference = await readReference();
  const engine = await createSimdEngine({ threads: 3 });
  engine.loadImages('train', reference.images);
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer: plainSgd(0.1), batchSize: 100 }, reference.init);
  for (let epoch = 0; epoch < 3; epoch++) await engine.trainSteps(range(0, 320));
  expect(sha256OfTensors(engine.exportState())).toBe(
    '85517e975897db07db925c35450f88534bd718837777af3488e6fc3940af38d8',
  );
});
