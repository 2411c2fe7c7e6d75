/**
 * The gradients of the second convolution, by winograd.ts as forward: 14 is no multiple of four either. Inner loops as in
 * convolution1.ts.
 */
import { COLUMN, COLUMN_BYTES, firstOf } from './convolution2';
import {
  C1,
  C2,
  CONV2_HALF,
  CONV2_MARGIN,
  CONV2_PIXEL,
  CONV2_REVERSED_TAPS,
  CONV2_ROW,
  POINT2_WEIGHTS,
  POOL1_HALF,
  POOL1_PIXEL,
  POOL1_ROW,
  REVERSED_TAPS_POINT,
  REVERSED_TAPS_ROW,
  SEEN_GRADIENT_HALF,
  SEEN_GRADIENT_POINT,
  SEEN2_POINT,
  SEEN2_QUAD,
  SPREAD2_POINT,
} from './layout';
import { accumulate } from './vector';
import { joinQuad, POINTS, PRODUCT_POINT, seeMap, spreadQuad } from './winograd';

/** Bytes from the products of one row to those of the next. */
const ROW_PRODUCTS: usize = POINTS * PRODUCT_POINT;

/**
 * The gradient of the input map from that of the output, which has a margin of zeros: what a quad of inputs sees of it
 * meets the taps in reverse. Three inputs of both halves at a time.
 */
export function inputGradient2(gradient: usize, seen: usize, products: usize, target: usize): void {
  for (let quad: usize = 0; quad < 4; quad++) {
    const first = min<usize>(quad * 4, 10);
    for (let half: usize = 0; half < 2; half++) {
      const window = gradient + half * CONV2_HALF + first * CONV2_PIXEL - CONV2_MARGIN;
      seeMap(window, CONV2_ROW, CONV2_PIXEL, seen + half * SEEN_GRADIENT_HALF, SEEN_GRADIENT_POINT);
    }
    for (let block: usize = 0; block < C1 / 3; block++) {
      for (let point: usize = 0; point < POINTS; point++) {
        const taps = CONV2_REVERSED_TAPS + (block * POINTS + point) * REVERSED_TAPS_POINT;
        multiplyPoint(seen + point * SEEN_GRADIENT_POINT, taps, products + point * PRODUCT_POINT);
      }
      let place = target + first * POOL1_PIXEL + block * 48;
      for (let product = products; product < products + 14 * ROW_PRODUCTS; product += ROW_PRODUCTS) {
        for (let i: usize = 0; i < 48; i += 16) {
          joinQuad(product + i, place + i, POOL1_PIXEL);
          joinQuad(product + 48 + i, place + POOL1_HALF + i, POOL1_PIXEL);
        }
        place += POOL1_ROW;
      }
    }
  }
}

/** Three inputs of both halves at one point in all rows, which see one to five rows of the gradient. */
function multiplyPoint(seen: usize, taps: usize, product: usize): void {
  for (let y = 0; y < 14; y++) {
    const firstRow = max(0, y - 4);
    const rows = <usize>(min(9, y) - firstRow + 1);
    const skipped = <usize>max(0, 4 - y);
    multiplyRows(seen + <usize>firstRow * (C2 * 16), rows * (C2 * 16), taps + skipped * REVERSED_TAPS_ROW, product);
    product += ROW_PRODUCTS;
  }
}

/** Three inputs of both halves at one point: [half][3 inputs]. */
function multiplyRows(row: usize, bytes: usize, weight: usize, product: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  for (const end = row + bytes; row < end; row += 16, weight += 12) {
    const g0 = v128.load(row);
    const g1 = v128.load(row, SEEN_GRADIENT_HALF);
    const w0 = v128.load_splat<f32>(weight);
    const w1 = v128.load_splat<f32>(weight, 4);
    const w2 = v128.load_splat<f32>(weight, 8);
    a0 = f32x4.add(a0, f32x4.mul(g0, w0));
    a1 = f32x4.add(a1, f32x4.mul(g1, w0));
    b0 = f32x4.add(b0, f32x4.mul(g0, w1));
    b1 = f32x4.add(b1, f32x4.mul(g1, w1));
    c0 = f32x4.add(c0, f32x4.mul(g0, w2));
    c1 = f32x4.add(c1, f32x4.mul(g1, w2));
  }
  v128.store(product, a0);
  v128.store(product, b0, 16);
  v128.store(product, c0, 32);
  v128.store(product, a1, 48);
  v128.store(product, b1, 64);
  v128.store(product, c1, 80);
}

/**
 * The gradient of the output, of one half group, at the points, as the next reads it:
 * [block][point][quad][y][4 outputs][4 images].
 */
export function spreadGradient2(gradient: usize, target: usize): void {
  for (let block: usize = 0; block < C2 / 4; block++) {
    for (let quad: usize = 0; quad < 3; quad++) {
      for (let y: usize = 0; y < 10; y++) {
        const source = gradient + block * 64 + y * CONV2_ROW + firstOf(quad) * CONV2_PIXEL;
        const place = target + block * POINTS * SPREAD2_POINT + (quad * 10 + y) * 64;
        for (let output: usize = 0; output < 64; output += 16) {
          const g2 = v128.load(source + output, 2 * CONV2_PIXEL);
          const g3 = v128.load(source + output, 3 * CONV2_PIXEL);
          // the last quad's first two are counted in the one before
          const g0 = quad == 2 ? f32x4.splat(0) : v128.load(source + output);
          const g1 = quad == 2 ? f32x4.splat(0) : v128.load(source + output, CONV2_PIXEL);
          spreadQuad(g0, g1, g2, g3, place + output, SPREAD2_POINT);
        }
      }
    }
  }
}

/**
 * Adds one half group's share to the gradient of the weights at the points, [point][output][ky][input][4 partial
 * sums]: four outputs × two inputs at a time.
 */
export function addWeightGradient2(spread: usize, seen: usize, target: usize): void {
  for (let block: usize = 0; block < C2 / 4; block++) {
    for (let point: usize = 0; point < POINTS; point++) {
      for (let value: usize = 0; value < COLUMN; value += 2) {
        let a0 = f32x4.splat(0);
        let a1 = a0;
        let b0 = a0;
        let b1 = a0;
        let c0 = a0;
        let c1 = a0;
        let d0 = a0;
        let d1 = a0;
        let dy = spread + (block * POINTS + point) * SPREAD2_POINT;
        let x = seen + point * SEEN2_POINT + value * 16;
        for (const end = dy + SPREAD2_POINT; dy < end; x += SEEN2_QUAD - 10 * POOL1_PIXEL) {
          const quadEnd = dy + 640;
          do {
            const g0 = v128.load(dy);
            const g1 = v128.load(dy, 16);
            const g2 = v128.load(dy, 32);
            const g3 = v128.load(dy, 48);
            const x0 = v128.load(x);
            const x1 = v128.load(x, 16);
            a0 = f32x4.add(a0, f32x4.mul(g0, x0));
            a1 = f32x4.add(a1, f32x4.mul(g0, x1));
            b0 = f32x4.add(b0, f32x4.mul(g1, x0));
            b1 = f32x4.add(b1, f32x4.mul(g1, x1));
            c0 = f32x4.add(c0, f32x4.mul(g2, x0));
            c1 = f32x4.add(c1, f32x4.mul(g2, x1));
            d0 = f32x4.add(d0, f32x4.mul(g3, x0));
            d1 = f32x4.add(d1, f32x4.mul(g3, x1));
            dy += 64;
            x += POOL1_PIXEL;
          } while (dy < quadEnd);
        }
        const weights = target + point * POINT2_WEIGHTS * 16 + (block * 4 * COLUMN + value) * 16;
        accumulate(weights, a0);
        accumulate(weights + 16, a1);
        accumulate(weights + COLUMN_BYTES, b0);
        accumulate(weights + COLUMN_BYTES + 16, b1);
        accumulate(weights + 2 * COLUMN_BYTES, c0);
        accumulate(weights + 2 * COLUMN_BYTES + 16, c1);
        accumulate(weights + 3 * COLUMN_BYTES, d0);
        accumulate(weights + 3 * COLUMN_BYTES + 16, d1);
      }
    }
  }
}
