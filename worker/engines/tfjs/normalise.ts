/** An image's bytes as an engine computes with them. */
import { IMAGE_BYTES } from '../check-images.ts';

/** By byte: (b / 255 − 0.5) / 0.5, each operation rounded to float32. */
const NORMALISED = Float32Array.from({ length: 256 }, (_, byte) =>
  Math.fround(Math.fround(Math.fround(byte / 255) - 0.5) / 0.5),
);

/** @param indices of the images to take, one after the other */
export function normalised(images: Uint8Array, indices: Int32Array): Float32Array {
  const values = new Float32Array(indices.length * IMAGE_BYTES);
  for (let i = 0; i < indices.length; i++) {
    const first = (indices[i] as number) * IMAGE_BYTES;
    for (let place = 0; place < IMAGE_BYTES; place++) {
      values[i * IMAGE_BYTES + place] = NORMALISED[images[first + place] as number] as number;
    }
  }
  return values;
}
