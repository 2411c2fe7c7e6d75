/** Comparing states. */
import type { Tensors } from '../../../shared/checkpoints/tensors.ts';

/** Over all values of all tensors; NaN where one of the two lacks a value. */
export function largestDifference(a: Tensors, b: Tensors): number {
  let largest = a.size === b.size ? 0 : Number.NaN;
  for (const [name, { data }] of a) {
    const other = b.get(name)?.data ?? new Float32Array();
    data.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value - (other[i] ?? Number.NaN)));
    });
  }
  return largest;
}
