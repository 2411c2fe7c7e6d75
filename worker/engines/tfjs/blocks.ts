/**
 * Convolutions of few channels, in blocks of neighbouring pixels: a block's pixels stand beside one another as channels,
 * and one wider filter computes all outputs of a block from the window that they see. Where a filter does not reach, the
 * wider one is zero.
 *
 * Why: oneDNN, with which TensorFlow computes on a CPU, takes channels by 16, so of LeNet-5's first convolution, from 1 to 6,
 * most of its work is on channels that are none. In blocks of 2 × 4 pixels it is one product of matrices without any such:
 * 6 × 8 pixels are seen and 2 × 4 × 6 outputs computed, 48 each, at 98 places of an image. As an output is then the sum of
 * 48 products instead of 25, that is faster with its gradient only.
 */
import * as tf from '@tensorflow/tfjs-core';
import { addBias } from './layers.ts';

type Shape4D = [number, number, number, number];

/** Row and column in a window, or in a block. */
type Place = readonly [number, number];

/** (window × inputs × block, outputs): the wider filter, of one that is (height, width, inputs, outputs). */
export function filterOfBlocks(filter: tf.Tensor4D, window: readonly Place[], block: readonly Place[]): tf.Tensor2D {
  const [height, width, inputs, outputs] = filter.shape;
  const rowCount = height * width * inputs;
  const nothing = rowCount;
  const taken = window.flatMap(([row, column]) =>
    Array.from({ length: inputs }, (_, input) =>
      block.map(([down, right]) => {
        const [above, beside] = [row - down, column - right];
        const isInside = above >= 0 && above < height && beside >= 0 && beside < width;
        return isInside ? (above * width + beside) * inputs + input : nothing;
      }),
    ).flat(),
  );
  const uses = usesOf(taken, rowCount, block.length);
  return tf.customGrad((given) => {
    const rows = tf.reshape(given as tf.Tensor, [rowCount, outputs]);
    const value = tf.gather(tf.concat([rows, tf.zeros([1, outputs])]), tf.tensor1d(taken, 'int32'));
    const gradFunc = (dy: tf.Tensor) => {
      const collected = tf.gather(dy, tf.tensor1d(uses, 'int32'));
      return tf.reshape(tf.sum(tf.reshape(collected, [rowCount, block.length, outputs]), 1), filter.shape);
    };
    return { value, gradFunc };
  })(filter) as tf.Tensor2D;
}

/**
 * (rowCount × block): where each row of the filter is taken, once for each place of the block.
 * @throws RangeError if the window does not hold each place of the filter for each place of the block
 */
function usesOf(taken: readonly number[], rowCount: number, block: number): Int32Array {
  const uses = new Int32Array(rowCount * block).fill(-1);
  for (const [use, row] of taken.entries()) if (row < rowCount) uses[row * block + (use % block)] = use;
  if (uses.includes(-1))
    throw new RangeError('the window is smaller than what its block sees: it lacks a use of a weight');
  return uses;
}

/** A convolution whose tanh is pooled by 2 × 2: its blocks are two rows of four columns, so two pools of four pixels. */
const BLOCK = { height: 2, width: 4 };

/** Of a block's outputs, the same pixel of both pools side by side: to pool is then to take the mean of four vectors. */
const POOLED_BLOCK: readonly Place[] = [0, 1].flatMap((down) =>
  [0, 1].flatMap((right) => [0, 2].map((pool): Place => [down, pool + right])),
);

export function hasPoolingBlocks([, height, width]: Shape4D, kernel: number): boolean {
  const tall = [height, kernel + BLOCK.height - 1];
  const wide = [width, kernel + BLOCK.width - 1];
  return tall.every((size) => size % BLOCK.height === 0) && wide.every((size) => size % BLOCK.width === 0);
}

/** (batch, height / 2, width / 2, outputs): the mean over 2 × 2 of the tanh of a convolution without padding. */
export function pooledTanhConvolution(images: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor): tf.Tensor4D {
  const [batch, height, width] = images.shape;
  const [kernel, , , outputs] = filter.shape;
  const window = places(kernel + BLOCK.height - 1, kernel + BLOCK.width - 1);
  const seen = patches(images, kernel);
  const weights = tf.reshape(filterOfBlocks(filter, window, POOLED_BLOCK), [seen.shape[1], -1]);
  const blocks = tf.matMul(seen, weights as tf.Tensor2D);
  const count = blocks.shape[0];
  const sums = addBias(tf.reshape(blocks, [count, 1, POOLED_BLOCK.length, outputs]), bias);
  const pooled = meanOfFour(tf.reshape(tf.tanh(sums), [count, 4, 2 * outputs]));
  return tf.reshape(pooled, [batch, (height - kernel + 1) / 2, (width - kernel + 1) / 2, outputs]);
}

/** (batch × blocks, window × channels): what each block sees. */
function patches(images: tf.Tensor4D, kernel: number): tf.Tensor2D {
  const [batch, height, width, channels] = images.shape;
  const [down, across] = [(height - kernel + 1) / BLOCK.height, (width - kernel + 1) / BLOCK.width];
  const columns = tf.reshape(images, [batch, height, width / BLOCK.width, BLOCK.width * channels]);
  const wide = sideBySide(columns as tf.Tensor4D, 2, across);
  const size = wide.shape[3];
  const pairs = tf.transpose(tf.reshape(wide, [-1, BLOCK.height, across, size]), [0, 2, 1, 3]);
  const rows = tf.reshape(pairs, [batch, height / BLOCK.height, across, BLOCK.height * size]) as tf.Tensor4D;
  const seen = sideBySide(rows, 1, down);
  return tf.reshape(seen, [batch * down * across, seen.shape[3]]);
}

/** As channels, each place along an axis and those after it, of which `count` windows are left. */
function sideBySide(x: tf.Tensor4D, axis: 1 | 2, count: number): tf.Tensor4D {
  const size: Shape4D = [...x.shape];
  size[axis] = count;
  const slices = Array.from({ length: x.shape[axis] - count + 1 }, (_, i) =>
    tf.slice(x, axis === 1 ? [0, i, 0, 0] : [0, 0, i, 0], size),
  );
  return tf.concat(slices, 3);
}

/** (rows, values) of (rows, 4, values). */
function meanOfFour(x: tf.Tensor3D): tf.Tensor2D {
  return tf.customGrad((given) => ({
    value: tf.mean(given as tf.Tensor, 1),
    gradFunc: (dy: tf.Tensor) => tf.reshape(tf.tile(tf.mul(dy, 0.25), [1, 4]), x.shape),
  }))(x) as tf.Tensor2D;
}

function places(height: number, width: number): Place[] {
  return Array.from({ length: height * width }, (_, i) => [Math.floor(i / width), i % width]);
}
