/**
 * An architecture's forward pass in tf ops, and its parameters in the layouts that tf wants: convolutions as HWIO
 * and images as NHWC, where a state_dict has OIHW and NCHW. Dense layers stay [out, in].
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '../../../shared/checkpoints/tensors.ts';
import type { TrainSpec } from '../../../shared/jobs.ts';
import type { ModelArchitecture } from '../../../shared/models/models.ts';

/** Of a state_dict's convolution (OIHW) to tf's (HWIO), and back. */
const TO_HWIO = [2, 3, 1, 0];
const TO_OIHW = [3, 2, 0, 1];

/** (batch, classes): the logits of images of shape (batch, height, width, channels). */
export function forward(
  { layers, parameters: described }: ModelArchitecture,
  head: TrainSpec['head'],
  parameters: readonly tf.Tensor[],
  images: tf.Tensor4D,
): tf.Tensor2D {
  const parameter = (name: string): tf.Tensor => {
    const found = parameters[described.findIndex((candidate) => candidate.name === name)];
    if (found === undefined) throw new RangeError(`the model has no parameter ${name}`);
    return found;
  };
  let x: tf.Tensor = images;
  for (const layer of layers) {
    switch (layer.type) {
      case 'convolution':
        x = tf.conv2d(x as tf.Tensor4D, parameter(`${layer.name}.weight`) as tf.Tensor4D, 1, 'valid');
        x = tf.add(x, parameter(`${layer.name}.bias`));
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
        x = tf.add(x, parameter(`${layer.name}.bias`));
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

export function toTf({ shape, data }: Tensor): tf.Tensor {
  // a copy: a backend may keep the array that it is given
  const values = data.slice();
  if (shape.length !== 4) return tf.tensor(values, shape, 'float32');
  return tf.tidy(() => tf.transpose(tf.tensor(values, shape, 'float32'), TO_HWIO));
}

export function fromTf(tensor: tf.Tensor): Tensor {
  if (tensor.rank !== 4) return read(tensor);
  const turned = tf.transpose(tensor, TO_OIHW);
  const values = read(turned);
  turned.dispose();
  return values;
}

function read(tensor: tf.Tensor): Tensor {
  return { shape: [...tensor.shape], data: Float32Array.from(tensor.dataSync()) };
}
