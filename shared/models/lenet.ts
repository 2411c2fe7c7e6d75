/**
 * The LeNet family: two 5×5 convolutions on 32×32 pixels, each with tanh and average pooling, then three dense layers.
 * Which of them it is, its channels and units say.
 */
import { type Layer, type ModelArchitecture, parametersOf } from './model.ts';

export interface LenetCounts {
  /** Outputs of the two convolutions. */
  channels: readonly [number, number];
  /** Outputs of the two hidden dense layers. */
  units: readonly [number, number];
  classes: number;
}

/** LeNet-5 as the post builds it: the 1998 architecture with full connections between the convolutions. 61,706 parameters. */
export const LENET5_COUNTS: LenetCounts = { channels: [6, 16], units: [120, 84], classes: 10 };

export function lenet({ channels: [channels1, channels2], units: [units1, units2], classes }: LenetCounts) {
  // shapes behind the layers are LeNet-5's
  const layers: readonly Layer[] = [
    // (1, 32, 32)
    { type: 'convolution', name: 'conv1', inputs: 1, outputs: channels1, kernel: 5 }, // (6, 28, 28)
    { type: 'tanh' },
    { type: 'average-pool', size: 2 }, // (6, 14, 14)
    { type: 'convolution', name: 'conv2', inputs: channels1, outputs: channels2, kernel: 5 }, // (16, 10, 10)
    { type: 'tanh' },
    { type: 'average-pool', size: 2 }, // (16, 5, 5)
    { type: 'flatten' }, // (400), channel outermost
    { type: 'dense', name: 'fc1', inputs: channels2 * 25, outputs: units1 }, // (120)
    { type: 'tanh' },
    { type: 'dense', name: 'fc2', inputs: units1, outputs: units2 }, // (84)
    { type: 'tanh' },
    { type: 'dense', name: 'fc3', inputs: units2, outputs: classes }, // (10)
    { type: 'head' },
  ];
  return { inputShape: [1, 32, 32], classes, layers, parameters: parametersOf(layers) } satisfies ModelArchitecture;
}
