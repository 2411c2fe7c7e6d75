/**
 * LeNet-5 as the post builds it: the 1998 architecture with full connections between the convolutions,
 * plain average pooling and a tanh (or nothing) on the logits. 61,706 parameters.
 */
import { type Layer, type ModelArchitecture, parametersOf } from './model.ts';

const layers: readonly Layer[] = [
  // (1, 32, 32)
  { type: 'convolution', name: 'conv1', inputs: 1, outputs: 6, kernel: 5 }, // (6, 28, 28)
  { type: 'tanh' },
  { type: 'average-pool', size: 2 }, // (6, 14, 14)
  { type: 'convolution', name: 'conv2', inputs: 6, outputs: 16, kernel: 5 }, // (16, 10, 10)
  { type: 'tanh' },
  { type: 'average-pool', size: 2 }, // (16, 5, 5)
  { type: 'flatten' }, // (400), channel outermost
  { type: 'dense', name: 'fc1', inputs: 400, outputs: 120 }, // (120)
  { type: 'tanh' },
  { type: 'dense', name: 'fc2', inputs: 120, outputs: 84 }, // (84)
  { type: 'tanh' },
  { type: 'dense', name: 'fc3', inputs: 84, outputs: 10 }, // (10)
  { type: 'head' },
];

export const LENET5: ModelArchitecture = {
  inputShape: [1, 32, 32],
  classes: 10,
  layers,
  parameters: parametersOf(layers),
};
