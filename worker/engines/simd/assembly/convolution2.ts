/**
 * The second convolution: 5×5, C1 → C2 channels (6 → 16 in LeNet-5), (14, 14) → (10, 10). Its windows are
 * contiguous in memory along (kx, input). Inner loops as in convolution1.ts.
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
  POOL1_HALF,
  POOL1_PIXEL,
  POOL1_ROW,
} from './layout';

/** Bytes of one row of a window, 5 pixels. */
const WINDOW_ROW: usize = 5 * POOL1_PIXEL;
/** Weights of one output. */
const WINDOW: usize = 25 * C1;

/** One row: 5 × 14 pixels → 10, before tanh. Four outputs at one position at a time. */
export function convolveRow2(input: usize, output: usize): void {
  for (let block: usize = 0; block < C2 / 4; block++) {
    const bias = CONV2_BIAS + block * 16;
    let target = output + block * 64;
    let window = input;
    for (const windowsEnd = input + 10 * POOL1_PIXEL; window < windowsEnd; window += POOL1_PIXEL) {
      let a0 = v128.load_splat<f32>(bias);
      let b0 = v128.load_splat<f32>(bias, 4);
      let c0 = v128.load_splat<f32>(bias, 8);
      let d0 = v128.load_splat<f32>(bias, 12);
      let a1 = a0;
      let b1 = b0;
      let c1 = c0;
      let d1 = d0;
      let weight = CONV2_PACKED + block * WINDOW * 16;
      let source = window;
      for (const end = window + 5 * POOL1_ROW; source < end; source += POOL1_ROW - WINDOW_ROW) {
        const rowEnd = source + WINDOW_ROW;
        do {
          const x0 = v128.load(source);
          const x1 = v128.load(source, POOL1_HALF);
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
          weight += 16;
          source += 16;
        } while (source < rowEnd);
      }
      v128.store(target, a0);
      v128.store(target, b0, 16);
      v128.store(target, c0, 32);
      v128.store(target, d0, 48);
      v128.store(target, a1, CONV2_HALF);
      v128.store(target, b1, CONV2_HALF + 16);
      v128.store(target, c1, CONV2_HALF + 32);
      v128.store(target, d1, CONV2_HALF + 48);
      target += CONV2_PIXEL;
    }
  }
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

/** The gradient of the output, of one half group, as the next reads it: [block][y][x][4 outputs][4 images]. */
export function packGradient2(gradient: usize, target: usize): void {
  for (let block: usize = 0; block < C2 / 4; block++) {
    let source = gradient + block * 64;
    for (const end = source + CONV2_HALF; source < end; source += CONV2_PIXEL, target += 64) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
      v128.store(target, v128.load(source, 32), 32);
      v128.store(target, v128.load(source, 48), 48);
    }
  }
}

/**
 * Adds one half group's share to the gradient of the weights, [output][ky][kx][input][4 partial sums]: four outputs
 * × two taps at a time. One block of the packed gradient and the input fit the first-level cache together.
 */
export function addWeightGradient2(packed: usize, input: usize, target: usize): void {
  for (let block: usize = 0; block < C2 / 4; block++) {
    for (let ky: usize = 0; ky < 5; ky++) {
      for (let tap: usize = 0; tap < 5 * C1; tap += 2) {
        let a0 = f32x4.splat(0);
        let a1 = a0;
        let b0 = a0;
        let b1 = a0;
        let c0 = a0;
        let c1 = a0;
        let d0 = a0;
        let d1 = a0;
        let dy = packed + block * 6400;
        let x = input + ky * POOL1_ROW + tap * 16;
        for (const end = dy + 6400; dy < end; x += 4 * POOL1_PIXEL) {
          const rowEnd = dy + 640;
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
          } while (dy < rowEnd);
        }
        const weights = target + (block * 4 * WINDOW + ky * 5 * C1 + tap) * 16;
        accumulatePair(weights, a0, a1);
        accumulatePair(weights + WINDOW * 16, b0, b1);
        accumulatePair(weights + WINDOW * 32, c0, c1);
        accumulatePair(weights + WINDOW * 48, d0, d1);
      }
    }
  }
}

function accumulatePair(target: usize, first: v128, second: v128): void {
  v128.store(target, f32x4.add(v128.load(target), first));
  v128.store(target, f32x4.add(v128.load(target, 16), second), 16);
}
