/**
 * One image through a model, in plain JavaScript: for answers to single images, where an engine would have to be
 * started first. About 1 ms for LeNet-5. Its Math.tanh may differ in the last bit from one Node version to the next,
 * so nothing of it may enter a training state, a loss or a hash.
 */
import type { Tensor, Tensors } from '../checkpoints/tensors.ts';
import type { TrainSpec } from '../jobs.ts';
import type { Layer, ModelArchitecture } from '../models/model.ts';

type Head = TrainSpec['head'];

/** One image between two layers: channels × height × width, row-major; a dense layer's units are channels of 1×1. */
interface Activation {
  channels: number;
  height: number;
  width: number;
  data: Float32Array;
}

/**
 * @param state parameters by their state_dict names, of the model's shapes
 * @param image normalised, in the model's input shape
 * @returns logits, one per class, after the head
 */
export function forward(model: ModelArchitecture, head: Head, state: Tensors, image: Float32Array): Float32Array {
  const [channels, height, width] = model.inputShape;
  if (image.length !== channels * height * width) {
    throw new RangeError(`found ${image.length} values, expected an image of ${model.inputShape.join('×')}`);
  }
  let activation: Activation = { channels, height, width, data: image };
  for (const layer of model.layers) activation = apply(layer, head, state, activation);
  return activation.data;
}

function apply(layer: Layer, head: Head, state: Tensors, input: Activation): Activation {
  switch (layer.type) {
    case 'convolution':
      return convolution(input, parameter(state, `${layer.name}.weight`), parameter(state, `${layer.name}.bias`));
    case 'average-pool':
      return averagePool(input, layer.size);
    case 'tanh':
      return tanh(input);
    case 'flatten':
      // channel outermost, as the data already lies
      return { channels: input.data.length, height: 1, width: 1, data: input.data };
    case 'dense':
      return dense(input, parameter(state, `${layer.name}.weight`), parameter(state, `${layer.name}.bias`));
    case 'head':
      return head === 'tanh' ? tanh(input) : input;
  }
}

function parameter(state: Tensors, name: string): Tensor {
  const tensor = state.get(name);
  if (!tensor) throw new RangeError(`tensor ${name} is missing`);
  return tensor;
}

/** Stride 1, no padding; weight (outputs, inputs, kernel, kernel), bias (outputs). */
function convolution(input: Activation, { shape, data: weights }: Tensor, bias: Tensor): Activation {
  const [outputs = 0, inputs = 0, kernel = 0] = shape;
  const { width: rowLength, data: pixels } = input;
  const height = input.height - kernel + 1;
  const width = input.width - kernel + 1;
  const data = new Float32Array(outputs * height * width);
  for (let output = 0; output < outputs; output++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = bias.data[output] as number;
        let at = output * inputs * kernel * kernel;
        for (let channel = 0; channel < inputs; channel++) {
          for (let ky = 0; ky < kernel; ky++) {
            const from = (channel * input.height + y + ky) * rowLength + x;
            for (let kx = 0; kx < kernel; kx++) sum += (weights[at++] as number) * (pixels[from + kx] as number);
          }
        }
        data[(output * height + y) * width + x] = sum;
      }
    }
  }
  return { channels: outputs, height, width, data };
}

/** Means of size × size squares that lie side by side. */
function averagePool({ channels, height, width, data }: Activation, size: number): Activation {
  const [outHeight, outWidth] = [height / size, width / size];
  const out = new Float32Array(channels * outHeight * outWidth);
  for (let row = 0; row < channels * outHeight; row++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let dy = 0; dy < size; dy++) {
        for (let dx = 0; dx < size; dx++) sum += data[(row * size + dy) * width + x * size + dx] as number;
      }
      out[row * outWidth + x] = sum / size ** 2;
    }
  }
  return { channels, height: outHeight, width: outWidth, data: out };
}

/** Weight (outputs, inputs), bias (outputs). */
function dense({ data: values }: Activation, { shape, data: weights }: Tensor, bias: Tensor): Activation {
  const [outputs = 0, inputs = 0] = shape;
  const data = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    let sum = bias.data[output] as number;
    const at = output * inputs;
    for (let i = 0; i < inputs; i++) sum += (weights[at + i] as number) * (values[i] as number);
    data[output] = sum;
  }
  return { channels: outputs, height: 1, width: 1, data };
}

function tanh(input: Activation): Activation {
  return { ...input, data: input.data.map(Math.tanh) };
}

/** Logits to probabilities, which sum to 1. */
export function softmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const exponentials = [...logits].map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
