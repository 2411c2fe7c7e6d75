/**
 * The second convolution: 5×5, C1 → C2 channels (6 → 16 in LeNet-5), (14, 14) → (10, 10), row by row by winograd.ts. Its
 * gradients are in convolution2-gradients.ts. 10 is no multiple of four: the last quad of a row ends where the row does,
 * and two of its outputs are those of the quad before. Inner loops as in convolution1.ts.
 */
import {
  C1,
  C2,
  CONV2_BIAS,
  CONV2_HALF,
  CONV2_PIXEL,
  CONV2_ROW,
  CONV2_TAPS,
  POOL1_PIXEL,
  POOL1_ROW,
  SEEN2_HALF,
  SEEN2_POINT,
  SEEN2_QUAD,
  TAPS2_POINT,
} from './layout';
import { joinQuad, POINTS, PRODUCT_POINT, seeMap } from './winograd';

/** Floats of a column of weights, and bytes of as many values of the map: 5 rows. */
export const COLUMN: usize = 5 * C1;
export const COLUMN_BYTES: usize = COLUMN * 16;

/** Where a quad of outputs begins: 0, 4, 6. */
export function firstOf(quad: usize): usize {
  return min<usize>(quad * 4, 6);
}

/** What the quads see of one half group's map: [quad][point][y][channel][4 images]. */
export function transformInput2(map: usize, seen: usize): void {
  for (let quad: usize = 0; quad < 3; quad++) {
    seeMap(map + firstOf(quad) * POOL1_PIXEL, POOL1_ROW, POOL1_PIXEL, seen + quad * SEEN2_QUAD, SEEN2_POINT);
  }
}

/** One group, before tanh: four outputs at a time, point by point. */
export function convolve2(seen: usize, output: usize, products: usize): void {
  for (let quad: usize = 0; quad < 3; quad++) {
    for (let block: usize = 0; block < C2 / 4; block++) {
      const weights = CONV2_TAPS + block * POINTS * TAPS2_POINT;
      const bias = v128.load(CONV2_BIAS + block * 16);
      for (let y: usize = 0; y < 10; y++) {
        for (let point: usize = 0; point < POINTS; point++) {
          const column = seen + quad * SEEN2_QUAD + point * SEEN2_POINT + y * POOL1_PIXEL;
          const start = point == 1 ? bias : f32x4.splat(0);
          multiplyColumn2(column, weights + point * TAPS2_POINT, start, products + point * PRODUCT_POINT);
        }
        const target = output + y * CONV2_ROW + firstOf(quad) * CONV2_PIXEL + block * 64;
        for (let i: usize = 0; i < 64; i += 16) {
          joinQuad(products + i, target + i, CONV2_PIXEL);
          joinQuad(products + 64 + i, target + CONV2_HALF + i, CONV2_PIXEL);
        }
      }
    }
  }
}

/** Four outputs of both halves at one point, each from its lane of `start`: [half][4 outputs]. */
function multiplyColumn2(column: usize, weight: usize, start: v128, product: usize): void {
  let a0 = v128.shuffle<f32>(start, start, 0, 0, 0, 0);
  let b0 = v128.shuffle<f32>(start, start, 1, 1, 1, 1);
  let c0 = v128.shuffle<f32>(start, start, 2, 2, 2, 2);
  let d0 = v128.shuffle<f32>(start, start, 3, 3, 3, 3);
  let a1 = a0;
  let b1 = b0;
  let c1 = c0;
  let d1 = d0;
  for (const end = column + COLUMN_BYTES; column < end; column += 16, weight += 16) {
    const x0 = v128.load(column);
    const x1 = v128.load(column, SEEN2_HALF);
    const w0 = v128.load_splat<f32>(weight);
    const w1 = v128.load_splat<f32>(weight, 4);
    const w2 = v128.load_splat<f32>(weight, 8);
    const w3 = v128.load_splat<f32>(weight, 12);
    a0 = f32x4.add(a0, f32x4.mul(x0, w0));
    a1 = f32x4.add(a1, f32x4.mul(x1, w0));
    b0 = f32x4.add(b0, f32x4.mul(x0, w1));
    b1 = f32x4.add(b1, f32x4.mul(x1, w1));
    c0 = f32x4.add(c0, f32x4.mul(x0, w2));
    c1 = f32x4.add(c1, f32x4.mul(x1, w2));
    d0 = f32x4.add(d0, f32x4.mul(x0, w3));
    d1 = f32x4.add(d1, f32x4.mul(x1, w3));
  }
  v128.store(product, a0);
  v128.store(product, b0, 16);
  v128.store(product, c0, 32);
  v128.store(product, d0, 48);
  v128.store(product, a1, 64);
  v128.store(product, b1, 80);
  v128.store(product, c1, 96);
  v128.store(product, d1, 112);
}
