/** Of convolutions in blocks of pixels: values and gradients are those of plain ones. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { HAS_TENSORFLOW } from '../../testing/engines-here.ts';
import { filterOfBlocks, hasPoolingBlocks, pooledTanhConvolution } from '../blocks.ts';
import { useBackend } from '../use-backend.ts';
import { BACKEND, openBackend } from './binding.ts';

type Shape4D = [number, number, number, number];

const values = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 0.5, 'float32', seed);

function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]).toBeLessThan(1e-4);
}

describe.runIf(HAS_TENSORFLOW)('blocks of pixels', () => {
  beforeAll(() => {
    openBackend();
    useBackend(BACKEND);
  });

  test.each<{ images: Shape4D; filter: Shape4D }>([
    { images: [2, 32, 32, 1], filter: [5, 5, 1, 6] },
    { images: [3, 12, 16, 2], filter: [5, 5, 2, 3] },
    { images: [1, 10, 8, 1], filter: [1, 1, 1, 2] },
  ])('give a pooled tanh of a convolution: $images, $filter', ({ images: imagesShape, filter: filterShape }) => {
    tf.tidy(() => {
      const images = values(imagesShape, 1) as tf.Tensor4D;
      const plain = (filter: tf.Tensor, bias: tf.Tensor) =>
        tf.avgPool(
          tf.tanh(tf.add(tf.conv2d(images, filter as tf.Tensor4D, 1, 'valid'), bias)) as tf.Tensor4D,
          2,
          2,
          'valid',
        );
      const inBlocks = (filter: tf.Tensor, bias: tf.Tensor) =>
        pooledTanhConvolution(images, filter as tf.Tensor4D, bias);
      const given = [values(filterShape, 2), values(filterShape.slice(3), 3)] as const;
      const expected = plain(...given);
      expectClose(inBlocks(...given), expected);
      const dy = values(expected.shape, 4);
      const [filterGradient, biasGradient] = tf.grads(plain)([...given], dy) as [tf.Tensor, tf.Tensor];
      const [byBlocks, ofBias] = tf.grads(inBlocks)([...given], dy) as [tf.Tensor, tf.Tensor];
      expectClose(byBlocks, filterGradient);
      expectClose(ofBias, biasGradient);
    });
  });

  test.each([
    { images: [1, 32, 32, 1], kernel: 5, fits: true },
    { images: [1, 32, 32, 1], kernel: 3, fits: false },
    { images: [1, 28, 30, 1], kernel: 5, fits: false },
    { images: [1, 31, 32, 1], kernel: 5, fits: false },
  ])('fit whole numbers of them only: $images, kernel $kernel', ({ images, kernel, fits }) => {
    expect(hasPoolingBlocks(images as Shape4D, kernel)).toBe(fits);
  });

  test('are refused a window that does not hold all that they see', () => {
    tf.tidy(() => {
      const filter = values([1, 2, 1, 1], 1) as tf.Tensor4D;
      const block = [0, 1].map((right) => [0, right] as const);
      const window = [0, 1, 2].map((column) => [0, column] as const);
      expect(filterOfBlocks(filter, window, block).dataSync()).toHaveLength(6);
      expect(() => filterOfBlocks(filter, window.slice(0, 2), block)).toThrow('it lacks a use of a weight');
    });
  });

  /** Whether a gradient is taken by two rows at once depends on the rows alone: 13 are no pairs. */
  test.each([14, 13])('give a gradient by the input that is the adjoint of the convolution: %i rows', (rows) => {
    tf.tidy(() => {
      const filter = values([5, 3, 6, 4], 5) as tf.Tensor4D;
      const convolution = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'valid');
      const [x, direction] = [values([2, rows, 9, 6], 6), values([2, rows, 9, 6], 7)];
      const dy = values(convolution(x).shape, 8);
      const gradient = tf.grad(convolution)(x, dy);
      expectClose(tf.sum(tf.mul(gradient, direction)), tf.sum(tf.mul(dy, convolution(direction))));
    });
  });
});
