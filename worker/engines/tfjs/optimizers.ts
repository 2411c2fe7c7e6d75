/**
 * The updates of PyTorch 2.13's SGD and Adam in tf ops (torch/optim/sgd.py and adam.py, on a single tensor; dampening,
 * amsgrad and maximize off). The learning rate and a step's own number never enter the ops: what follows from them comes
 * as `rates`, and all else is constant, so one step serves as the graph of all.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Adam, Optimizer, Sgd } from '../../../shared/jobs.ts';

/** A parameter, and what the optimizer keeps for it: in the order of slotsOf. */
export interface Kept {
  parameter: tf.Tensor;
  slots: readonly tf.Tensor[];
}

export function updated(optimizer: Optimizer, kept: Kept, gradient: tf.Tensor, rates: readonly tf.Scalar[]): Kept {
  switch (optimizer.type) {
    case 'sgd':
      return sgd(optimizer, kept, gradient, rates);
    case 'adam':
      return adam(optimizer, kept, gradient, rates);
    default: {
      const never: never = optimizer;
      throw new Error(`unknown optimizer ${JSON.stringify(never)}`);
    }
  }
}

/**
 * What each update is scaled by, and changes with the step; in float64.
 * @param t number of the step, from 1
 */
export function ratesAt(optimizer: Optimizer, t: number): number[] {
  const { learningRate } = optimizer;
  if (optimizer.type === 'sgd') return [learningRate];
  const { beta1, beta2 } = optimizer;
  return [learningRate / (1 - power(beta1, t)), Math.sqrt(1 - power(beta2, t))];
}

function sgd(
  { momentum, nesterov, weightDecay }: Sgd,
  { parameter, slots }: Kept,
  given: tf.Tensor,
  [rate]: readonly tf.Scalar[],
): Kept {
  if (!rate) throw new Error('SGD needs a rate');
  const gradient = withDecay(given, parameter, weightDecay);
  const [velocity] = slots;
  if (velocity === undefined) return { parameter: moved(parameter, gradient, rate), slots };
  // PyTorch's first velocity is the gradient itself, which is what this gives from zeros
  const next = tf.add(tf.mul(velocity, momentum), gradient);
  const direction = nesterov ? tf.add(gradient, tf.mul(next, momentum)) : next;
  return { parameter: moved(parameter, direction, rate), slots: [next] };
}

function adam(
  { beta1, beta2, epsilon, weightDecay }: Adam,
  { parameter, slots }: Kept,
  given: tf.Tensor,
  [stepSize, correction]: readonly tf.Scalar[],
): Kept {
  const [mean, square] = slots;
  if (!mean || !square || !stepSize || !correction) throw new Error('Adam needs two slots and two rates');
  const gradient = withDecay(given, parameter, weightDecay);
  const nextMean = tf.add(mean, tf.mul(tf.sub(gradient, mean), 1 - beta1));
  // of gradient · gradient · constant, TensorFlow would multiply the latter two first in a graph
  const nextSquare = tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const denominator = tf.add(tf.div(tf.sqrt(nextSquare), correction), epsilon);
  return {
    parameter: moved(parameter, tf.div(nextMean, denominator), stepSize),
    slots: [nextMean, nextSquare],
  };
}

function withDecay(gradient: tf.Tensor, parameter: tf.Tensor, weightDecay: number): tf.Tensor {
  return weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, weightDecay));
}

function moved(parameter: tf.Tensor, direction: tf.Tensor, by: tf.Scalar): tf.Tensor {
  return tf.sub(parameter, tf.mul(direction, by));
}

/** By repeated squaring: Math.pow may differ in its last bit from one version of Node to another. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, left = exponent; left > 0; square *= square, left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
  }
  return result;
}
