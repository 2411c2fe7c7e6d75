/**
 * The first convolution: 5×5, 1 → C1 channels (6 in LeNet-5), (32, 32) → (28, 28), row by row by winograd.ts, 7 quads to a
 * row. No gradient of its input is needed. Inner loops hold 8 accumulators and 6 loads, not unrolled: V8 moves loads to
 * the top of a block, and with 15 vector registers anything longer spills.
 */
import {
  C1,
  CONV1_BIAS,
  CONV1_HALF,
  CONV1_PIXEL,
  CONV1_ROW,
  CONV1_TAPS,
  INPUT_ROW,
  POINT1_WEIGHTS,
  SEEN1_HALF,
  SEEN1_POINT,
  SEEN1_ROW,
  SPREAD1_POINT,
  TAPS1_POINT,
  TILE_ROWS,
} from './layout';
import { accumulate } from './vector';
import { joinQuad, POINTS, PRODUCT_POINT, seeQuad, spreadQuad } from './winograd';

/** What the quads see of one half group's input: [point][y][quad][4 images]. */
export function transformInput1(input: usize, seen: usize): void {
  for (const end = seen + SEEN1_POINT; seen < end; input += INPUT_ROW - 7 * 64) {
    for (let quad = 0; quad < 7; quad++, input += 64, seen += 16) seeQuad(input, 16, seen, SEEN1_POINT);
  }
}

/** Two rows of a group, before tanh: two outputs at a time, point by point. */
export function convolveRows1(seen: usize, output: usize, products: usize): void {
  for (let pair: usize = 0; pair < C1 / 2; pair++) {
    const bias0 = v128.load_splat<f32>(CONV1_BIAS + pair * 8);
    const bias1 = v128.load_splat<f32>(CONV1_BIAS + pair * 8, 4);
    const zero = f32x4.splat(0);
    for (let quad: usize = 0; quad < 7; quad++) {
      for (let point: usize = 0; point < POINTS; point++) {
        multiplyColumn1(
          seen + point * SEEN1_POINT + quad * 16,
          CONV1_TAPS + (pair * POINTS + point) * TAPS1_POINT,
          point == 1 ? bias0 : zero,
          point == 1 ? bias1 : zero,
          products + point * PRODUCT_POINT,
        );
      }
      const target = output + pair * 32 + quad * 4 * CONV1_PIXEL;
      for (let i: usize = 0; i < 2; i++) {
        joinQuad(products + i * 16, target + i * 16, CONV1_PIXEL);
        joinQuad(products + i * 16 + 32, target + i * 16 + CONV1_HALF, CONV1_PIXEL);
        joinQuad(products + i * 16 + 64, target + i * 16 + CONV1_ROW, CONV1_PIXEL);
        joinQuad(products + i * 16 + 96, target + i * 16 + CONV1_ROW + CONV1_HALF, CONV1_PIXEL);
      }
    }
  }
}

/** Two outputs of both halves in two rows at one point: [row][half][2 outputs]. */
function multiplyColumn1(column: usize, weight: usize, bias0: v128, bias1: v128, product: usize): void {
  let a0 = bias0;
  let a1 = bias0;
  let a2 = bias0;
  let a3 = bias0;
  let b0 = bias1;
  let b1 = bias1;
  let b2 = bias1;
  let b3 = bias1;
  for (const end = weight + TAPS1_POINT; weight < end; weight += 8, column += SEEN1_ROW) {
    const x0 = v128.load(column);
    const x1 = v128.load(column, SEEN1_HALF);
    const x2 = v128.load(column, SEEN1_ROW);
    const x3 = v128.load(column, SEEN1_ROW + SEEN1_HALF);
    const w0 = v128.load_splat<f32>(weight);
    const w1 = v128.load_splat<f32>(weight, 4);
    a0 = f32x4.add(a0, f32x4.mul(x0, w0));
    a1 = f32x4.add(a1, f32x4.mul(x1, w0));
    a2 = f32x4.add(a2, f32x4.mul(x2, w0));
    a3 = f32x4.add(a3, f32x4.mul(x3, w0));
    b0 = f32x4.add(b0, f32x4.mul(x0, w1));
    b1 = f32x4.add(b1, f32x4.mul(x1, w1));
    b2 = f32x4.add(b2, f32x4.mul(x2, w1));
    b3 = f32x4.add(b3, f32x4.mul(x3, w1));
  }
  v128.store(product, a0);
  v128.store(product, b0, 16);
  v128.store(product, a1, 32);
  v128.store(product, b1, 48);
  v128.store(product, a2, 64);
  v128.store(product, b2, 80);
  v128.store(product, a3, 96);
  v128.store(product, b3, 112);
}

/** Adds one half group's share to the gradient of the weights at the points, [point][output][ky][4 partial sums]. */
export function addWeightGradient1(gradient: usize, seen: usize, spread: usize, target: usize): void {
  for (let y = 0; y < 28; y += <i32>TILE_ROWS) {
    spreadRows(gradient, spread);
    for (let point: usize = 0; point < POINTS; point++) {
      addTile(spread + point * SPREAD1_POINT, seen + point * SEEN1_POINT, target + point * POINT1_WEIGHTS * 16);
    }
    gradient += TILE_ROWS * CONV1_ROW;
    seen += TILE_ROWS * SEEN1_ROW;
  }
}

/** The gradient of a tile's rows at the points: [point][y][quad][output][4 images]. */
function spreadRows(gradient: usize, target: usize): void {
  for (const end = target + SPREAD1_POINT; target < end; gradient += 3 * CONV1_PIXEL) {
    for (const quadEnd = gradient + CONV1_PIXEL; gradient < quadEnd; gradient += 16, target += 16) {
      const g0 = v128.load(gradient);
      const g1 = v128.load(gradient, CONV1_PIXEL);
      const g2 = v128.load(gradient, 2 * CONV1_PIXEL);
      const g3 = v128.load(gradient, 3 * CONV1_PIXEL);
      spreadQuad(g0, g1, g2, g3, target, SPREAD1_POINT);
    }
  }
}

function addTile(spread: usize, seen: usize, target: usize): void {
  for (let pair: usize = 0; pair < C1 / 2; pair++) fourRows(spread + pair * 32, seen, target + pair * 160);
  for (let block: usize = 0; block < C1 / 6; block++) {
    oneRow(spread + block * 96, seen + 4 * SEEN1_ROW, target + block * 480 + 64);
  }
}

/** Two outputs × four rows of weights. */
function fourRows(dy: usize, x: usize, target: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (const end = dy + SPREAD1_POINT; dy < end; dy += CONV1_PIXEL, x += 16) {
    const g0 = v128.load(dy);
    const g1 = v128.load(dy, 16);
    const x0 = v128.load(x);
    const x1 = v128.load(x, SEEN1_ROW);
    const x2 = v128.load(x, 2 * SEEN1_ROW);
    const x3 = v128.load(x, 3 * SEEN1_ROW);
    a0 = f32x4.add(a0, f32x4.mul(g0, x0));
    a1 = f32x4.add(a1, f32x4.mul(g0, x1));
    a2 = f32x4.add(a2, f32x4.mul(g0, x2));
    a3 = f32x4.add(a3, f32x4.mul(g0, x3));
    b0 = f32x4.add(b0, f32x4.mul(g1, x0));
    b1 = f32x4.add(b1, f32x4.mul(g1, x1));
    b2 = f32x4.add(b2, f32x4.mul(g1, x2));
    b3 = f32x4.add(b3, f32x4.mul(g1, x3));
  }
  accumulate(target, a0);
  accumulate(target + 16, a1);
  accumulate(target + 32, a2);
  accumulate(target + 48, a3);
  target += 80;
  accumulate(target, b0);
  accumulate(target + 16, b1);
  accumulate(target + 32, b2);
  accumulate(target + 48, b3);
}

/** Six outputs × one row of weights. */
function oneRow(dy: usize, x: usize, target: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  for (const end = dy + SPREAD1_POINT; dy < end; dy += CONV1_PIXEL, x += 16) {
    const x0 = v128.load(x);
    a = f32x4.add(a, f32x4.mul(x0, v128.load(dy)));
    b = f32x4.add(b, f32x4.mul(x0, v128.load(dy, 16)));
    c = f32x4.add(c, f32x4.mul(x0, v128.load(dy, 32)));
    d = f32x4.add(d, f32x4.mul(x0, v128.load(dy, 48)));
    e = f32x4.add(e, f32x4.mul(x0, v128.load(dy, 64)));
    f = f32x4.add(f, f32x4.mul(x0, v128.load(dy, 80)));
  }
  accumulate(target, a);
  accumulate(target + 80, b);
  accumulate(target + 160, c);
  accumulate(target + 240, d);
  accumulate(target + 320, e);
  accumulate(target + 400, f);
}
