/**
 * What tfjs's WebAssembly backend lacks for training: it has no gradient of a convolution by its filter, and its
 * gradient by the input is naive. Both are convolutions themselves, which the backend computes fast. Stride 1
 * without padding, as the architectures here have it.
 */
import * as tf from '@tensorflow/tfjs-core';

interface GradientAttributes {
  strides: number | [number, number];
  pad: unknown;
}

let registered = false;

/** Before the backend is first made the current one. */
export function registerWasmGradients(): void {
  if (registered) return;
  registered = true;
  tf.unregisterKernel(tf.Conv2DBackpropInput, 'wasm');
  tf.registerKernel({ kernelName: tf.Conv2DBackpropInput, backendName: 'wasm', kernelFunc: byInput });
  tf.registerKernel({ kernelName: tf.Conv2DBackpropFilter, backendName: 'wasm', kernelFunc: byFilter });
}

/** The images' channels become the batch, and dy the filter that slides over them. */
const byFilter: tf.KernelFunc = ({ inputs, attrs }) => {
  checkPlain(attrs);
  return tf.tidy(() => {
    const x = tf.transpose(inputs.x as tf.Tensor4D, [3, 1, 2, 0]);
    const dy = tf.transpose(inputs.dy as tf.Tensor4D, [1, 2, 0, 3]);
    return tf.transpose(tf.conv2d(x, dy, 1, 'valid'), [1, 2, 0, 3]);
  });
};

/** dy, padded so that each input meets every weight, under the filter turned by 180°. */
const byInput: tf.KernelFunc = ({ inputs, attrs }) => {
  checkPlain(attrs);
  return tf.tidy(() => {
    const given = inputs.filter as tf.Tensor4D;
    const [above, beside] = [given.shape[0] - 1, given.shape[1] - 1];
    const dy = tf.pad4d(inputs.dy as tf.Tensor4D, [
      [0, 0],
      [above, above],
      [beside, beside],
      [0, 0],
    ]);
    const filter = tf.transpose(tf.reverse(given, [0, 1]), [0, 1, 3, 2]);
    return tf.conv2d(dy, filter, 1, 'valid');
  });
};

function checkPlain(attributes: tf.NamedAttrMap | undefined): void {
  const { strides, pad } = attributes as unknown as GradientAttributes;
  if ([strides].flat().some((stride) => stride !== 1) || pad !== 'valid') {
    throw new RangeError(`a convolution with stride ${strides} and padding ${pad}, expected stride 1 and none`);
  }
}
