/** Named tensors: what engines import and export, and what checkpoints hold. */
import { createHash } from 'node:crypto';

export interface Tensor {
  /** Outermost dimension first. */
  shape: number[];
  /** Row-major; `data.length` is the product of `shape`. */
  data: Float32Array;
}

/** In state_dict order (`conv1.weight`, `conv1.bias`, …); Map keeps it. */
export type Tensors = Map<string, Tensor>;

/** Values of a tensor of that shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Lower-case hex SHA-256 over all values, little-endian float32, in the map's order. */
export function sha256OfTensors(tensors: Tensors): string {
  const hash = createHash('sha256');
  for (const { data } of tensors.values()) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
