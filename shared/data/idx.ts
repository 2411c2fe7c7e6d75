/** The IDX format of MNIST and its kin (yann.lecun.com/exdb/mnist, "File formats"), unsigned bytes only. */
import { elementCount } from '../checkpoints/tensors.ts';

export interface Idx {
  /** Outermost dimension first: [images, rows, columns], or [labels]. */
  shape: number[];
  /** A view of the file's bytes behind the header. */
  data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/** @throws RangeError saying what was found and what was expected */
export function parseIdx(file: Uint8Array): Idx {
  if (file.length < 4) throw new RangeError(`found ${file.length} bytes, expected an IDX header of 4 bytes or more`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const dimensions = view.getUint8(3);
  if (view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE || dimensions === 0) {
    const magic = view.getUint32(0).toString(16).padStart(8, '0');
    throw new RangeError(`found magic 0x${magic}, expected 0x000008 and the number of dimensions`);
  }
  const headerLength = 4 + 4 * dimensions;
  if (file.length < headerLength) {
    throw new RangeError(`found ${file.length} bytes, expected a header of ${headerLength}`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = headerLength + elementCount(shape);
  if (file.length !== expected) {
    throw new RangeError(`found ${file.length} bytes, expected ${expected} for dimensions ${shape.join('×')}`);
  }
  return { shape, data: file.subarray(headerLength) };
}
