/** The multiply-adds of training and evaluation, counted layer by layer. */
import { elementCount } from '../../shared/checkpoints/tensors.ts';
import type { ModelArchitecture } from '../../shared/models/models.ts';

/**
 * Multiply-adds of one image in a training step. Each layer that learns takes as many for the gradient of its weights
 * as forward, and again as many for that of its input, which the first layer does not need. Biases, activations,
 * pooling and the update of the weights, which costs 2 % of a batch of 16, are left out.
 */
export function multiplyAddsOfTraining(model: ModelArchitecture): number {
  const [first = 0, ...others] = forwardOf(model);
  return 2 * first + 3 * sum(others);
}

/** Of one image, forward only. */
export function multiplyAddsOfEvaluation(model: ModelArchitecture): number {
  return sum(forwardOf(model));
}

/** Of one image, layer by layer; only layers that learn. */
function forwardOf({ inputShape, layers }: ModelArchitecture): number[] {
  let [, height, width] = inputShape;
  const forward: number[] = [];
  for (const layer of layers) {
    if (layer.type === 'convolution') {
      const { inputs, outputs, kernel } = layer;
      [height, width] = [height - kernel + 1, width - kernel + 1];
      forward.push(elementCount([outputs, height, width, inputs, kernel, kernel]));
    } else if (layer.type === 'average-pool') {
      [height, width] = [height / layer.size, width / layer.size];
    } else if (layer.type === 'dense') {
      forward.push(layer.inputs * layer.outputs);
    }
  }
  return forward;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
