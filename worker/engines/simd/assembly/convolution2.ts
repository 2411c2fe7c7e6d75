/**
 * The second convolution: 5×5, C1 → C2 channels (6 → 16 in LeNet-5), (14, 14) → (10, 10). Forward, and for the gradient
 * of the weights, a row goes by Winograd's F(2, 5) with the points 0, ±1, ±2 and ∞ (Lavin and Gray 2015, arXiv
 * 1509.09308): two outputs side by side take six products where they would take ten. Inner loops as in convolution1.ts.
 */
import {
  C1,
  C2,
  CONV2_BIAS,
  CONV2_HALF,
  CONV2_PACKED,
  CONV2_PIXEL,
  CONV2_ROW,
  CONV2_TRANSPOSED,
  PACKED_BLOCK,
  POINT_WEIGHTS,
  POOL1_HALF,
  POOL1_PIXEL,
  POOL1_ROW,
  SEEN_HALF,
  SEEN_PAIR,
  SEEN_POINT,
} from './layout';

/** Floats of a column of weights, and bytes of as many values of the map: 5 rows. */
const COLUMN: usize = 5 * C1;
const COLUMN_BYTES: usize = COLUMN * 16;

/**
 * What each pair of outputs sees of one half group's map, six pixels wide, at the six points:
 * [pair of columns][point][y][channel][4 images].
 */
export function transformInput2(map: usize, seen: usize): void {
  for (let pair: usize = 0; pair < 5; pair++) {
    for (let y: usize = 0; y < 14; y++) {
      let source = map + y * POOL1_ROW + pair * 2 * POOL1_PIXEL;
      let target = seen + pair * SEEN_PAIR + y * POOL1_PIXEL;
      for (const end = source + POOL1_PIXEL; source < end; source += 16, target += 16) {
        const d1 = v128.load(source, POOL1_PIXEL);
        const d2 = v128.load(source, 2 * POOL1_PIXEL);
        const d3 = v128.load(source, 3 * POOL1_PIXEL);
        const d4 = v128.load(source, 4 * POOL1_PIXEL);
        v128.store(target, outer(v128.load(source), d2, d4));
        const even = f32x4.sub(d4, f32x4.mul(d2, f32x4.splat(4)));
        const odd = f32x4.sub(d3, f32x4.mul(d1, f32x4.splat(4)));
        v128.store(target, f32x4.add(even, odd), SEEN_POINT);
        v128.store(target, f32x4.sub(even, odd), 2 * SEEN_POINT);
        const evenAtTwo = f32x4.sub(d4, d2);
        const oddAtTwo = f32x4.mul(f32x4.sub(d3, d1), f32x4.splat(2));
        v128.store(target, f32x4.add(evenAtTwo, oddAtTwo), 3 * SEEN_POINT);
        v128.store(target, f32x4.sub(evenAtTwo, oddAtTwo), 4 * SEEN_POINT);
        v128.store(target, outer(d1, d3, v128.load(source, 5 * POOL1_PIXEL)), 5 * SEEN_POINT);
      }
    }
  }
}

/** 4a − 5b + c: the points 0 and ∞. */
function outer(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.sub(f32x4.mul(a, f32x4.splat(4)), f32x4.mul(b, f32x4.splat(5))), c);
}

/** One group, before tanh: four outputs at two positions side by side at a time, point by point. */
export function convolve2(seen: usize, output: usize, products: usize): void {
  for (let pair: usize = 0; pair < 5; pair++) {
    for (let block: usize = 0; block < C2 / 4; block++) {
      for (let y: usize = 0; y < 10; y++) {
        for (let point: usize = 0; point < 6; point++) {
          const column = seen + pair * SEEN_PAIR + point * SEEN_POINT + y * POOL1_PIXEL;
          multiplyColumn(column, CONV2_PACKED + (block * 6 + point) * COLUMN_BYTES, products + point * 128);
        }
        const target = output + y * CONV2_ROW + pair * 2 * CONV2_PIXEL + block * 64;
        for (let i: usize = 0; i < 4; i++) {
          const bias = v128.load_splat<f32>(CONV2_BIAS + block * 16 + i * 4);
          joinPoints(products + i * 16, bias, target + i * 16);
          joinPoints(products + 64 + i * 16, bias, target + CONV2_HALF + i * 16);
        }
      }
    }
  }
}

/** Four outputs of both halves at one point: [half][4 outputs]. */
function multiplyColumn(column: usize, weight: usize, product: usize): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let c0 = a0;
  let d0 = a0;
  let a1 = a0;
  let b1 = a0;
  let c1 = a0;
  let d1 = a0;
  for (const end = column + COLUMN_BYTES; column < end; column += 16, weight += 16) {
    const x0 = v128.load(column);
    const x1 = v128.load(column, SEEN_HALF);
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

/** One output at both positions of a pair, from its products at the six points. */
function joinPoints(product: usize, bias: v128, target: usize): void {
  const m1 = v128.load(product, 128);
  const m2 = v128.load(product, 256);
  const m3 = v128.load(product, 384);
  const m4 = v128.load(product, 512);
  const even = f32x4.add(f32x4.add(m1, m2), f32x4.add(m3, m4));
  const atTwo = f32x4.sub(m3, m4);
  const odd = f32x4.add(f32x4.sub(m1, m2), f32x4.add(atTwo, atTwo));
  v128.store(target, f32x4.add(f32x4.add(v128.load(product), even), bias));
  v128.store(target, f32x4.add(f32x4.add(v128.load(product, 640), odd), bias), CONV2_PIXEL);
}

/** The gradient of the input map from that of the output: three channels at one position at a time. */
export function inputGradient2(gradient: usize, target: usize): void {
  for (let y = 0; y < 14; y++) {
    const firstKy = max(0, y - 9);
    const lastKy = min(4, y);
    for (let x = 0; x < 14; x++) {
      const firstX = max(0, x - 4);
      const run = <usize>(min(9, x) - firstX + 1) * CONV2_PIXEL;
      const firstTap = max(0, 4 - x);
      for (let block = 0; block < <i32>(C1 / 3); block++) {
        let a0 = f32x4.splat(0);
        let a1 = a0;
        let b0 = a0;
        let b1 = a0;
        let c0 = a0;
        let c1 = a0;
        for (let ky = firstKy; ky <= lastKy; ky++) {
          let dy = gradient + <usize>(y - ky) * CONV2_ROW + <usize>firstX * CONV2_PIXEL;
          let weight = CONV2_TRANSPOSED + <usize>((block * 5 + ky) * 5 + firstTap) * C2 * 12;
          const end = dy + run;
          do {
            const g0 = v128.load(dy);
            const g1 = v128.load(dy, CONV2_HALF);
            const w0 = v128.load_splat<f32>(weight);
            const w1 = v128.load_splat<f32>(weight, 4);
            const w2 = v128.load_splat<f32>(weight, 8);
            a0 = f32x4.add(a0, f32x4.mul(g0, w0));
            a1 = f32x4.add(a1, f32x4.mul(g1, w0));
            b0 = f32x4.add(b0, f32x4.mul(g0, w1));
            b1 = f32x4.add(b1, f32x4.mul(g1, w1));
            c0 = f32x4.add(c0, f32x4.mul(g0, w2));
            c1 = f32x4.add(c1, f32x4.mul(g1, w2));
            weight += 12;
            dy += 16;
          } while (dy < end);
        }
        v128.store(target, a0);
        v128.store(target, b0, 16);
        v128.store(target, c0, 32);
        v128.store(target, a1, POOL1_HALF);
        v128.store(target, b1, POOL1_HALF + 16);
        v128.store(target, c1, POOL1_HALF + 32);
        target += 48;
      }
    }
  }
}

/**
 * The gradient of the output, of one half group, at the six points of each pair of columns, as the next reads it:
 * [block][point][pair][y][4 outputs][4 images].
 */
export function packGradient2(gradient: usize, target: usize): void {
  for (let block: usize = 0; block < C2 / 4; block++) {
    for (let pair: usize = 0; pair < 5; pair++) {
      for (let y: usize = 0; y < 10; y++) {
        const source = gradient + block * 64 + y * CONV2_ROW + pair * 2 * CONV2_PIXEL;
        const place = target + block * 6 * PACKED_BLOCK + (pair * 10 + y) * 64;
        for (let output: usize = 0; output < 64; output += 16) {
          const first = v128.load(source + output);
          const second = v128.load(source + output, CONV2_PIXEL);
          const twice = f32x4.add(second, second);
          v128.store(place + output, first);
          v128.store(place + output, f32x4.add(first, second), PACKED_BLOCK);
          v128.store(place + output, f32x4.sub(first, second), 2 * PACKED_BLOCK);
          v128.store(place + output, f32x4.add(first, twice), 3 * PACKED_BLOCK);
          v128.store(place + output, f32x4.sub(first, twice), 4 * PACKED_BLOCK);
          v128.store(place + output, second, 5 * PACKED_BLOCK);
        }
      }
    }
  }
}

/**
 * Adds one half group's share to the gradient of the weights at the six points, [point][output][ky][input][4 partial
 * sums]: four outputs × two inputs at a time.
 */
export function addWeightGradient2(packed: usize, seen: usize, target: usize): void {
  for (let block: usize = 0; block < C2 / 4; block++) {
    for (let point: usize = 0; point < 6; point++) {
      for (let value: usize = 0; value < COLUMN; value += 2) {
        let a0 = f32x4.splat(0);
        let a1 = a0;
        let b0 = a0;
        let b1 = a0;
        let c0 = a0;
        let c1 = a0;
        let d0 = a0;
        let d1 = a0;
        let dy = packed + (block * 6 + point) * PACKED_BLOCK;
        let x = seen + point * SEEN_POINT + value * 16;
        for (const end = dy + PACKED_BLOCK; dy < end; x += SEEN_PAIR - 10 * POOL1_PIXEL) {
          const pairEnd = dy + 640;
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
          } while (dy < pairEnd);
        }
        const weights = target + point * POINT_WEIGHTS * 16 + (block * 4 * COLUMN + value) * 16;
        accumulatePair(weights, a0, a1);
        accumulatePair(weights + COLUMN_BYTES, b0, b1);
        accumulatePair(weights + 2 * COLUMN_BYTES, c0, c1);
        accumulatePair(weights + 3 * COLUMN_BYTES, d0, d1);
      }
    }
  }
}

function accumulatePair(target: usize, first: v128, second: v128): void {
  v128.store(target, f32x4.add(v128.load(target), first));
  v128.store(target, f32x4.add(v128.load(target, 16), second), 16);
}
