/** An architecture's forward pass in tf ops, on images as NHWC and parameters in the layouts of layout.ts. */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainSpec } from '../../../shared/jobs.ts';
import type { Layer } from '../../../shared/models/model.ts';
import type { ModelArchitecture } from '../../../shared/models/models.ts';
import { hasPoolingBlocks, pooledTanhConvolution } from './blocks.ts';
import { addBias } from './layers.ts';
import { isOnTensorflowCpu } from './use-backend.ts';

/**
 * (batch, classes): the logits of images of shape (batch, height, width, channels).
 * @param purpose the way whose gradients are the fastest, or that which is the fastest without
 */
export function forward(
  { layers, parameters: described }: ModelArchitecture,
  head: TrainSpec['head'],
  parameters: readonly tf.Tensor[],
  images: tf.Tensor4D,
  purpose: 'training' | 'evaluation',
): tf.Tensor2D {
  const parameter = (name: string): tf.Tensor => {
    const found = parameters[described.findIndex((candidate) => candidate.name === name)];
    if (found === undefined) throw new RangeError(`the model has no parameter ${name}`);
    return found;
  };
  let x: tf.Tensor = images;
  let following = layers;
  const first = purpose === 'training' && isOnTensorflowCpu() ? firstInBlocks(layers, images) : undefined;
  if (first !== undefined) {
    x = pooledTanhConvolution(images, parameter(`${first}.weight`) as tf.Tensor4D, parameter(`${first}.bias`));
    following = layers.slice(LAYERS_IN_BLOCKS);
  }
  for (const layer of following) {
    switch (layer.type) {
      case 'convolution':
        x = tf.conv2d(x as tf.Tensor4D, parameter(`${layer.name}.weight`) as tf.Tensor4D, 1, 'valid');
        x = addBias(x, parameter(`${layer.name}.bias`));
        break;
      case 'average-pool':
        x = tf.avgPool(x as tf.Tensor4D, layer.size, layer.size, 'valid');
        break;
      case 'tanh':
        x = tf.tanh(x);
        break;
      case 'flatten':
        x = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [images.shape[0], -1]);
        break;
      case 'dense':
        x = tf.matMul(x as tf.Tensor2D, parameter(`${layer.name}.weight`) as tf.Tensor2D, false, true);
        x = addBias(x, parameter(`${layer.name}.bias`));
        break;
      case 'head':
        if (head === 'tanh') x = tf.tanh(x);
        break;
      default: {
        const never: never = layer;
        throw new Error(`unknown layer ${JSON.stringify(never)}`);
      }
    }
  }
  return x as tf.Tensor2D;
}

/** A convolution, its tanh and its pooling. */
const LAYERS_IN_BLOCKS = 3;

/** The first convolution's name, if it, its tanh and its pooling can be computed in blocks of pixels. */
function firstInBlocks([layer, activation, pool]: readonly Layer[], images: tf.Tensor4D): string | undefined {
  if (layer?.type !== 'convolution' || activation?.type !== 'tanh' || pool?.type !== 'average-pool') return undefined;
  const fits = layer.inputs === 1 && pool.size === 2 && hasPoolingBlocks(images.shape, layer.kernel);
  return fits ? layer.name : undefined;
}
