/** What an architecture says about itself, as data: which layers, which parameters, which shapes. */
import { elementCount } from '../checkpoints/tensors.ts';

export interface Parameter {
  /** As a PyTorch state_dict names it. */
  name: string;
  /** Outermost dimension first: OIHW for convolutions, [out, in] for dense layers, [out] for biases. */
  shape: readonly number[];
  /** Inputs that one unit of the layer sums over; initial values are uniform within ±1/√fanIn. */
  fanIn: number;
}

export type Layer =
  | { type: 'convolution'; name: string; inputs: number; outputs: number; kernel: number }
  | { type: 'average-pool'; size: number }
  | { type: 'tanh' }
  | { type: 'flatten' }
  | { type: 'dense'; name: string; inputs: number; outputs: number }
  /** The activation of the last layer: the head that the spec asks for. */
  | { type: 'head' };

export interface ModelArchitecture {
  /** Of one image: channels, height, width. */
  inputShape: readonly [number, number, number];
  classes: number;
  layers: readonly Layer[];
  /** In state_dict order. */
  parameters: readonly Parameter[];
}

/** Weight and bias of each layer that learns, in the order of the layers. */
export function parametersOf(layers: readonly Layer[]): Parameter[] {
  return layers.flatMap((layer) => {
    if (layer.type !== 'convolution' && layer.type !== 'dense') return [];
    const window = layer.type === 'convolution' ? [layer.kernel, layer.kernel] : [];
    const weightShape = [layer.outputs, layer.inputs, ...window];
    const fanIn = elementCount(weightShape) / layer.outputs;
    return [
      { name: `${layer.name}.weight`, shape: weightShape, fanIn },
      { name: `${layer.name}.bias`, shape: [layer.outputs], fanIn },
    ];
  });
}

export function parameterCount(model: ModelArchitecture): number {
  return model.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
