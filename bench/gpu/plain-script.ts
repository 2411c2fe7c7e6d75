/**
 * Training of LeNet-5 as one would write it with TensorFlow.js: variables, the model in ops, and an optimizer's `minimize`.
 * Measured beside our engine on the same backend. As PyTorch's steps do, one gathers its batch of normalised images on the
 * device, and sums loss and correct predictions up there.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSet } from '../../worker/engines/engine.ts';
import { normalised } from '../../worker/engines/tfjs/normalise.ts';
import type { Runnable } from '../serve.ts';

const CLASSES = 10;
const LEARNING_RATE = 0.001;

/** @param scattered indices of so many images */
export function createPlainScript(
  { count, images, labels }: ImageSet,
  batchSize: number,
  scattered: (count: number) => Uint32Array,
): Runnable {
  const all = Int32Array.from({ length: count }, (_, i) => i);
  const pixels = tf.tensor4d(normalised(images, all), [count, 32, 32, 1]);
  const classes = tf.tensor1d(Int32Array.from(labels), 'int32');
  const parameters: tf.Variable[] = [];
  const variable = <R extends tf.Rank>(shape: tf.ShapeMap[R], fanIn: number): tf.Variable<R> => {
    const made = tf.variable(tf.randomUniform<R>(shape, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn)));
    parameters.push(made);
    return made;
  };
  const convolution = (inputs: number, outputs: number) => {
    const weight = variable<tf.Rank.R4>([5, 5, inputs, outputs], 25 * inputs);
    const bias = variable<tf.Rank.R1>([outputs], 25 * inputs);
    return (x: tf.Tensor4D) =>
      tf.avgPool(tf.tanh(tf.add<tf.Tensor4D>(tf.conv2d(x, weight, 1, 'valid'), bias)), 2, 2, 'valid');
  };
  const dense = (inputs: number, outputs: number) => {
    const weight = variable<tf.Rank.R2>([inputs, outputs], inputs);
    const bias = variable<tf.Rank.R1>([outputs], inputs);
    return (x: tf.Tensor2D) => tf.tanh(tf.add<tf.Tensor2D>(tf.matMul(x, weight), bias));
  };
  const [conv1, conv2] = [convolution(1, 6), convolution(6, 16)];
  const [fc1, fc2, fc3] = [dense(400, 120), dense(120, 84), dense(84, CLASSES)];
  const forward = (x: tf.Tensor4D) => fc3(fc2(fc1(tf.reshape(conv2(conv1(x)), [-1, 400]))));

  const optimizer = tf.train.sgd(LEARNING_RATE);
  const lossSum = tf.variable(tf.scalar(0), false);
  const correct = tf.variable(tf.scalar(0, 'int32'), false);

  function step(indices: Uint32Array): void {
    tf.tidy(() => {
      const batch = tf.tensor1d(Int32Array.from(indices), 'int32');
      const x = tf.gather(pixels, batch);
      const y = tf.gather(classes, batch);
      const loss = optimizer.minimize(() => {
        const logits = forward(x);
        correct.assign(tf.add(correct, tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), y), 'int32'))));
        return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(tf.oneHot(y, CLASSES), logits);
      }, true);
      lossSum.assign(tf.add(lossSum, tf.mul(loss as tf.Scalar, indices.length)));
    });
  }

  return {
    async run(steps) {
      const indices = scattered(steps * batchSize);
      for (let at = 0; at < indices.length; at += batchSize) step(indices.subarray(at, at + batchSize));
      await Promise.all([lossSum.data(), correct.data()]);
    },
    close: () => tf.dispose([pixels, classes, lossSum, correct, ...parameters]),
  };
}
