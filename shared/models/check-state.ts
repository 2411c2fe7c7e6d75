/** Whether a state fits a model: checked before anything computes with it. */
import type { Tensor, Tensors } from '../checkpoints/tensors.ts';
import { elementCount } from '../checkpoints/tensors.ts';
import type { Parameter } from './models.ts';

export type ExpectedTensor = Pick<Parameter, 'name' | 'shape'>;

/**
 * The tensors of a state, in the order of the expected ones.
 * @param expected every tensor that the state must hold, and no other
 * @throws RangeError naming the tensor, what was found and what was expected
 */
export function tensorsInOrder(state: Tensors, expected: readonly ExpectedTensor[]): Tensor[] {
  const known = new Set(expected.map(({ name }) => name));
  for (const name of state.keys()) {
    if (!known.has(name)) throw new RangeError(`tensor ${name} is unknown, expected ${[...known].join(', ')}`);
  }
  return expected.map(({ name, shape }) => {
    const tensor = state.get(name);
    if (tensor === undefined) throw new RangeError(`tensor ${name} is missing, expected one of shape [${shape}]`);
    if (tensor.shape.join() !== shape.join()) {
      throw new RangeError(`tensor ${name} has shape [${tensor.shape}], expected [${shape}]`);
    }
    if (tensor.data.length !== elementCount(shape)) {
      throw new RangeError(`tensor ${name} holds ${tensor.data.length} values, expected ${elementCount(shape)}`);
    }
    return tensor;
  });
}
