/**
 * The multiply-adds of training and evaluation, counted layer by layer: of plain convolutions, and of those by Winograd's
 * F(4, 5), as `simd` computes them. Of Winograd's, the transforms are left out.
 */
import { elementCount } from '../../shared/checkpoints/tensors.ts';
import type { ModelArchitecture } from '../../shared/models/models.ts';

/** Multiply-adds of one image. */
export interface MultiplyAdds {
  /**
   * In a training step. Each layer that learns takes as many for the gradient of its weights as forward, and again as many
   * for that of its input, which the first layer does not need. Biases, activations, pooling and the update of the
   * weights, which costs 2 % of a batch of 16, are left out.
   */
  training: number;
  /** Forward only. */
  evaluation: number;
}

/** Products of one row of `width` outputs with one row of `kernel` taps. */
interface Way {
  forward(width: number, kernel: number): number;
  inputGradient(width: number, kernel: number): number;
}

const inRow = (width: number, kernel: number) => width * kernel;
const PLAIN: Way = { forward: inRow, inputGradient: inRow };

/** Four side by side take eight; where a row is no multiple of four, its last ones take as many. */
const inQuads = (width: number) => Math.ceil(width / 4) * 8;
/** worker/engines/simd/assembly/winograd.ts */
const WINOGRAD: Way = { forward: inQuads, inputGradient: (width, kernel) => inQuads(width + kernel - 1) };

export function plainMultiplyAdds(model: ModelArchitecture): MultiplyAdds {
  return addUp(model, PLAIN);
}

export function winogradMultiplyAdds(model: ModelArchitecture): MultiplyAdds {
  return addUp(model, WINOGRAD);
}

function addUp({ inputShape, layers }: ModelArchitecture, way: Way): MultiplyAdds {
  let [, height, width] = inputShape;
  let [forward, inputGradients] = [0, 0];
  for (const layer of layers) {
    if (layer.type === 'convolution') {
      const { inputs, outputs, kernel } = layer;
      [height, width] = [height - kernel + 1, width - kernel + 1];
      const rows = elementCount([outputs, height, inputs, kernel]);
      const isFirst = forward === 0;
      forward += rows * way.forward(width, kernel);
      if (!isFirst) inputGradients += rows * way.inputGradient(width, kernel);
    } else if (layer.type === 'average-pool') {
      [height, width] = [height / layer.size, width / layer.size];
    } else if (layer.type === 'dense') {
      const count = layer.inputs * layer.outputs;
      forward += count;
      inputGradients += count;
    }
  }
  return { training: 2 * forward + inputGradients, evaluation: forward };
}
