/**
 * 28×28 to 32×32 in bytes. `bilinear` gives the very bytes of Pillow's `Image.resize((32, 32), BILINEAR)` on a
 * grey image (libImaging/Resample.c): rows first, rounded to bytes, then columns.
 */
import type { ResizeMethod } from '../jobs.ts';

export const SOURCE_SIDE = 28;
export const IMAGE_SIDE = 32;

/** Images that are resized together, a byte of each in every word: as fast again as one by one. */
const TOGETHER = 4;
/** Every other byte of a word. */
const EVEN_BYTES = 0x00ff00ff;
/** Half of 16, for rounding, in each of them. */
const HALVES = 0x00080008;
const { first: FIRST, share: SHARE } = bilinearTaps();

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
  const out = new Uint8Array(count * IMAGE_SIDE * IMAGE_SIDE);
  const source = new Int32Array(SOURCE_SIDE * SOURCE_SIDE);
  const widened = new Int32Array(SOURCE_SIDE * IMAGE_SIDE);
  const resized = new Int32Array(IMAGE_SIDE * IMAGE_SIDE);
  for (let image = 0; image < count; image += TOGETHER) {
    pack(images, image * source.length, source);
    widen(source, widened);
    heighten(widened, resized);
    unpack(resized, out, image * resized.length);
  }
  return out;
}

/** Behind the last image there is nothing: bytes of 0 here, and `unpack` writes none. */
function pack(images: Uint8Array, from: number, words: Int32Array): void {
  const [second, third, fourth] = [from + words.length, from + 2 * words.length, from + 3 * words.length];
  for (let i = 0; i < words.length; i++) {
    words[i] =
      (images[from + i] as number) |
      ((images[second + i] as number) << 8) |
      ((images[third + i] as number) << 16) |
      ((images[fourth + i] as number) << 24);
  }
}

function unpack(words: Int32Array, out: Uint8Array, to: number): void {
  const [second, third, fourth] = [to + words.length, to + 2 * words.length, to + 3 * words.length];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    out[to + i] = word;
    out[second + i] = word >>> 8;
    out[third + i] = word >>> 16;
    out[fourth + i] = word >>> 24;
  }
}

function widen(source: Int32Array, widened: Int32Array): void {
  for (let y = 0; y < SOURCE_SIDE; y++) {
    for (let x = 0; x < IMAGE_SIDE; x++) {
      const left = y * SOURCE_SIDE + (FIRST[x] as number);
      widened[y * IMAGE_SIDE + x] = mix(source[left] as number, source[left + 1] as number, SHARE[x] as number);
    }
  }
}

function heighten(widened: Int32Array, resized: Int32Array): void {
  for (let y = 0; y < IMAGE_SIDE; y++) {
    const upper = (FIRST[y] as number) * IMAGE_SIDE;
    const lower = upper + IMAGE_SIDE;
    const share = SHARE[y] as number;
    for (let x = 0; x < IMAGE_SIDE; x++) {
      resized[y * IMAGE_SIDE + x] = mix(widened[upper + x] as number, widened[lower + x] as number, share);
    }
  }
}

/**
 * Of each of four bytes, `share` sixteenths from b and the rest from a, rounded. Pillow's 22 bits of fixed point round
 * sixteenths to the same. A sum has 12 bits and never spills into the next byte but one.
 */
function mix(a: number, b: number, share: number): number {
  const rest = 16 - share;
  const even = HALVES + Math.imul(a & EVEN_BYTES, rest) + Math.imul(b & EVEN_BYTES, share);
  const odd = HALVES + Math.imul((a >>> 8) & EVEN_BYTES, rest) + Math.imul((b >>> 8) & EVEN_BYTES, share);
  return ((even >>> 4) & EVEN_BYTES) | (((odd >>> 4) & EVEN_BYTES) << 8);
}

/**
 * Each of the 32 places mixes two neighbouring source places: the first of them, and the sixteenths that the second
 * gives. The centre of a place lies at multiples of 1/16 among those of the source, 28/32 apart, and at the margins
 * outside of them, where the outermost gives all.
 */
function bilinearTaps() {
  const first = new Int32Array(IMAGE_SIDE);
  const share = new Int32Array(IMAGE_SIDE);
  for (let place = 0; place < IMAGE_SIDE; place++) {
    const centre = (place + 0.5) * (SOURCE_SIDE / IMAGE_SIDE) - 0.5;
    const inside = Math.min(Math.max(centre, 0), SOURCE_SIDE - 1);
    const chosen = Math.min(Math.floor(inside), SOURCE_SIDE - 2);
    first[place] = chosen;
    share[place] = (inside - chosen) * 16;
  }
  return { first, share };
}
