import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { expect, test } from 'vitest';
import { Optimizer } from '../../../shared/jobs.ts';
import { MODELS } from '../../../shared/models/models.ts';
import { flatStateOf } from '../optimizer-state.ts';
import { readReference } from '../testing/reference.ts';
import { createEagerExecutor } from './eager-executor.ts';
import { toTfLayout } from './layout.ts';
import { registerWasmGradients } from './wasm/kernels.ts';

const BATCH = 16;

test('a step that throws leaves no tensor behind, however far it came', async () => {
  registerWasmGradients();
  await tf.setBackend('wasm');
  const { images, init } = await readReference();
  const model = MODELS.lenet5;
  const optimizer = Optimizer.parse({ type: 'adam' });
  const executor = createEagerExecutor('wasm');
  executor.loadImages('train', images);
  const state = flatStateOf(init, model, optimizer).tensors.map(toTfLayout);
  executor.begin({ model, head: 'tanh', optimizer }, BATCH, state);
  const { numTensors } = tf.memory();

  const whole = {
    steps: 1,
    indices: Int32Array.from({ length: BATCH }, (_, i) => i),
    labels: new Int32Array(BATCH),
    weights: new Float32Array(BATCH).fill(1 / BATCH),
    rates: Float32Array.of(0.01, 1),
  };
  const tooFew = new Int32Array(BATCH - 1);
  expect(() => executor.train({ ...whole, labels: tooFew }), 'in the forward pass').toThrow(/shape/i);
  expect(() => executor.train({ ...whole, weights: new Float32Array(BATCH - 1) }), 'in the loss').toThrow(/shape/i);
  expect(() => executor.train({ ...whole, rates: Float32Array.of(0.01) }), 'in the update').toThrow('two rates');
  expect(() => executor.evaluate('train', whole.indices, tooFew), 'in an evaluation').toThrow(/shape/i);
  expect(() => executor.writeState([...state, { shape: [2], data: new Float32Array(3) }])).toThrow(/shape/i);
  expect(tf.memory().numTensors).toBe(numTensors);

  executor.train(whole);
  expect(tf.memory().numTensors).toBe(numTensors);
  executor.close();
});
