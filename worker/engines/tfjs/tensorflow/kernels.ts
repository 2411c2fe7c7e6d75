/**
 * The gradient of a convolution by its input, as TensorFlow on a CPU computes it faster: oneDNN takes channels by 16, so
 * that of few channels most of its work is on none. Two rows taken as one have twice as many, and 6 : 5 as many products.
 */
import * as tf from '@tensorflow/tfjs-core';
import { filterOfBlocks } from '../blocks.ts';

interface GradientAttributes extends tf.NamedAttrMap {
  strides: number | [number, number];
  pad: tf.Attribute;
  inputShape: [number, number, number, number];
}

const CHANNELS_AT_ONCE = 16;

/** With which backends. */
const registered = new Set<string>();

/** @param backendName as TensorFlow is registered with tfjs */
export function registerCpuGradients(backendName: string): void {
  if (registered.has(backendName)) return;
  registered.add(backendName);
  const { kernelFunc: plain } = tf.getKernel(tf.Conv2DBackpropInput, backendName);
  const byInput: tf.KernelFunc = (given) => {
    const attributes = given.attrs as unknown as GradientAttributes;
    const [filter, dy] = [given.inputs.filter as tf.Tensor4D, given.inputs.dy as tf.Tensor4D];
    return hasPairs(attributes, filter) ? tf.tidy(() => byInputInPairs(attributes, filter, dy)) : plain(given);
  };
  tf.unregisterKernel(tf.Conv2DBackpropInput, backendName);
  tf.registerKernel({ kernelName: tf.Conv2DBackpropInput, backendName, kernelFunc: byInput });
}

/** Without padding and stride, and whole pairs of rows on both sides. */
function hasPairs(
  { strides, pad, inputShape: [, height, , channels] }: GradientAttributes,
  filter: tf.Tensor4D,
): boolean {
  const isPlain = [strides].flat().every((stride) => stride === 1) && pad === 'valid';
  return isPlain && 2 * channels <= CHANNELS_AT_ONCE && height % 2 === 0 && filter.shape[0] % 2 === 1;
}

function byInputInPairs(attributes: GradientAttributes, filter: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor {
  const [batch, height, width, channels] = attributes.inputShape;
  const [tall, wide, , outputs] = filter.shape;
  const pairsOfRows = (tall + 1) / 2;
  const window = Array.from({ length: pairsOfRows * wide * 2 }, (_, i) => {
    const [pair, column, row] = [Math.floor(i / 2 / wide), Math.floor(i / 2) % wide, i % 2];
    return [2 * pair + row, column] as const;
  });
  const paired = filterOfBlocks(filter, window, [
    [0, 0],
    [1, 0],
  ]);
  const inputShape = [batch, height / 2, width, 2 * channels];
  const inPairs: tf.Tensor4D = tf.engine().runKernel(
    tf.Conv2DBackpropInput,
    {
      dy: interleaved(dy, [2, dy.shape[2]], [batch, dy.shape[1] / 2, dy.shape[2], 2 * outputs]),
      filter: tf.reshape(paired, [pairsOfRows, wide, 2 * channels, 2 * outputs]),
    },
    { ...attributes, inputShape },
  );
  return interleaved(inPairs, [width, 2], [batch, height, width, channels]);
}

/** Between two rows of pixels and pixels of two rows: swaps two neighbouring dimensions of these sizes. */
function interleaved(x: tf.Tensor4D, [first, second]: [number, number], shape: tf.Tensor4D['shape']): tf.Tensor4D {
  const values = Math.min(x.shape[3], shape[3]);
  return tf.reshape(tf.transpose(tf.reshape(x, [-1, first, second, values]), [0, 2, 1, 3]), shape);
}
