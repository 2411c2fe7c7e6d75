/**
 * 28×28 to 32×32 in bytes. `bilinear` gives the very bytes of Pillow's `Image.resize((32, 32), BILINEAR)` on a
 * grey image (libImaging/Resample.c): coefficients in double, rounded to fixed point; rows first, rounded to
 * bytes, then columns.
 */
import type { ResizeMethod } from '../jobs.ts';

export const SOURCE_SIDE = 28;
export const IMAGE_SIDE = 32;

/** Pillow's PRECISION_BITS: 32 − 8 for a byte − 2 for sums. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/**
 * @param images count × 28 × 28 bytes, row-major
 * @returns count × 32 × 32 bytes
 */
export function resizeImages(images: Uint8Array, count: number, method: ResizeMethod): Uint8Array {
  if (images.length !== count * SOURCE_SIDE * SOURCE_SIDE) {
    throw new RangeError(`${images.length} bytes are not ${count} images of ${SOURCE_SIDE}×${SOURCE_SIDE}`);
  }
  switch (method) {
    case 'bilinear':
      return resizeBilinear(images, count);
    case 'pad':
      return pad(images, count);
  }
}

function pad(images: Uint8Array, count: number): Uint8Array {
  const margin = (IMAGE_SIDE - SOURCE_SIDE) / 2;
  const out = new Uint8Array(count * IMAGE_SIDE * IMAGE_SIDE);
  for (let row = 0; row < count * SOURCE_SIDE; row++) {
    const image = Math.floor(row / SOURCE_SIDE);
    const y = (row % SOURCE_SIDE) + margin;
    const source = images.subarray(row * SOURCE_SIDE, (row + 1) * SOURCE_SIDE);
    out.set(source, (image * IMAGE_SIDE + y) * IMAGE_SIDE + margin);
  }
  return out;
}

function resizeBilinear(images: Uint8Array, count: number): Uint8Array {
  const { first, weight, nextWeight } = bilinearTaps();
  const out = new Uint8Array(count * IMAGE_SIDE * IMAGE_SIDE);
  const widened = new Uint8Array(SOURCE_SIDE * IMAGE_SIDE);
  for (let image = 0; image < count; image++) {
    for (let y = 0; y < SOURCE_SIDE; y++) {
      const source = (image * SOURCE_SIDE + y) * SOURCE_SIDE;
      const row = y * IMAGE_SIDE;
      for (let x = 0; x < IMAGE_SIDE; x++) {
        const i = source + (first[x] as number);
        widened[row + x] = mix(
          images[i] as number,
          weight[x] as number,
          images[i + 1] as number,
          nextWeight[x] as number,
        );
      }
    }
    for (let y = 0; y < IMAGE_SIDE; y++) {
      const row = (image * IMAGE_SIDE + y) * IMAGE_SIDE;
      const upper = (first[y] as number) * IMAGE_SIDE;
      const lower = upper + IMAGE_SIDE;
      const upperWeight = weight[y] as number;
      const lowerWeight = nextWeight[y] as number;
      for (let x = 0; x < IMAGE_SIDE; x++) {
        out[row + x] = mix(widened[upper + x] as number, upperWeight, widened[lower + x] as number, lowerWeight);
      }
    }
  }
  return out;
}

/** Rounded to a byte; imul and |0 keep all of it in 32-bit integers, which is a third faster. */
function mix(a: number, aWeight: number, b: number, bWeight: number): number {
  return ((HALF + Math.imul(a, aWeight) + Math.imul(b, bWeight)) | 0) >> PRECISION_BITS;
}

/**
 * For each of the 32 places: the first of the two neighbouring source places that it mixes, and the fixed-point
 * weights of both.
 * Enlarging, the triangle filter reaches 1 to each side of the centre: at most two weights are not 0. They are
 * normalised to 1, so no sum leaves 0 … 255 and Pillow's clipping never bites.
 */
function bilinearTaps() {
  const scale = SOURCE_SIDE / IMAGE_SIDE;
  const first = new Int32Array(IMAGE_SIDE);
  const weight = new Int32Array(IMAGE_SIDE);
  const nextWeight = new Int32Array(IMAGE_SIDE);
  for (let place = 0; place < IMAGE_SIDE; place++) {
    const centre = (place + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - 1 + 0.5));
    const to = Math.min(SOURCE_SIDE, Math.trunc(centre + 1 + 0.5));
    const triangle: number[] = [];
    for (let source = from; source < to; source++) triangle.push(1 - Math.min(1, Math.abs(source - centre + 0.5)));
    const sum = triangle.reduce((total, weight) => total + weight, 0);
    const fixed = triangle.map((weight) => Math.trunc(0.5 + (weight / sum) * 2 ** PRECISION_BITS));

    // the neighbours that hold every weight above 0, both inside the image
    const chosen = Math.min(from + fixed.findIndex((share) => share > 0), SOURCE_SIDE - 2);
    first[place] = chosen;
    weight[place] = fixed[chosen - from] ?? 0;
    nextWeight[place] = fixed[chosen + 1 - from] ?? 0;
  }
  return { first, weight, nextWeight };
}
