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
    'a4bd5361795988db001c44c53f09b37b7b0af03b2a5396864f710ba532b0928c',
  );
});
