/**
 * Of a state_dict's layout to tf's, and back: convolutions are OIHW there and HWIO here. Dense layers stay [out, in].
 */
import type { Tensor } from '../../../shared/checkpoints/tensors.ts';

export function toTfLayout({ shape, data }: Tensor): Tensor {
  return shape.length === 4 ? permuted({ shape, data }, [2, 3, 1, 0]) : { shape: [...shape], data: data.slice() };
}

export function fromTfLayout({ shape, data }: Tensor): Tensor {
  return shape.length === 4 ? permuted({ shape, data }, [3, 2, 0, 1]) : { shape: [...shape], data: data.slice() };
}

/** @param order which dimension of the tensor becomes the first, the second, … */
function permuted({ shape, data }: Tensor, order: readonly number[]): Tensor {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((from) => shape[from] as number);
  const steps = order.map((from) => strides[from] as number);
  const result = new Float32Array(data.length);
  const place = new Array<number>(order.length).fill(0);
  for (let i = 0; i < result.length; i++) {
    let from = 0;
    for (let dimension = 0; dimension < order.length; dimension++) {
      from += (place[dimension] as number) * (steps[dimension] as number);
    }
    result[i] = data[from] as number;
    for (let dimension = order.length - 1; dimension >= 0; dimension--) {
      place[dimension] = (place[dimension] as number) + 1;
      if ((place[dimension] as number) < (sizes[dimension] as number)) break;
      place[dimension] = 0;
    }
  }
  return { shape: sizes, data: result };
}
