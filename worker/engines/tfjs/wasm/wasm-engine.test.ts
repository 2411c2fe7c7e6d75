import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { Optimizer } from '../../../../shared/jobs.ts';
import { describeEngine } from '../../engine-battery.ts';
import { range, readReference } from '../../testing/reference.ts';
import { createWasmEngine } from './wasm-engine.ts';

describeEngine('wasm', createWasmEngine);

test('a step of Adam leaves no tensor behind', async () => {
  const reference = await readReference();
  const engine = await createWasmEngine({ threads: 1 });
  engine.loadImages('train', reference.images);
  const optimizer = Optimizer.parse({ type: 'adam' });
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer, batchSize: 16 }, reference.init);
  const { numTensors } = tf.memory();
  await engine.trainSteps(range(0, 32));
  engine.exportState();
  expect(tf.memory().numTensors).toBe(numTensors);
  engine.close();
});
