/**
 * The first convolution: 5×5, 1 → C1 channels (6 in LeNet-5), (32, 32) → (28, 28). No gradient of its input is needed.
 * Inner loops hold 8 accumulators and 6 loads, not unrolled: V8 moves loads to the top of a block, and with
 * 15 vector registers anything longer spills.
 */
import {
  C1,
  CONV1_BIAS,
  CONV1_HALF,
  CONV1_PACKED,
  CONV1_PIXEL,
  CONV1_ROW,
  INPUT_HALF,
  INPUT_PIXEL,
  INPUT_ROW,
} from './layout';

/** One row: 5 × 32 pixels → 28, before tanh. Two outputs at two positions at a time. */
export function convolveRow1(input: usize, output: usize): void {
  for (let pair: usize = 0; pair < C1 / 2; pair++) {
    const bias0 = v128.load_splat<f32>(CONV1_BIAS + pair * 8);
    const bias1 = v128.load_splat<f32>(CONV1_BIAS + pair * 8, 4);
    let target = output + pair * 32;
    let window = input;
    for (let position = 0; position < 14; position++) {
      let a0 = bias0;
      let a1 = bias0;
      let a2 = bias0;
      let a3 = bias0;
      let b0 = bias1;
      let b1 = bias1;
      let b2 = bias1;
      let b3 = bias1;
      let weight = CONV1_PACKED + pair * 200;
      let source = window;
      for (const end = window + 5 * INPUT_ROW; source < end; source += INPUT_ROW - 80) {
        const rowEnd = source + 80;
        do {
          const x0 = v128.load(source);
          const x1 = v128.load(source, INPUT_HALF);
          const x2 = v128.load(source, 16);
          const x3 = v128.load(source, INPUT_HALF + 16);
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
          weight += 8;
          source += 16;
        } while (source < rowEnd);
      }
      v128.store(target, a0);
      v128.store(target, a1, CONV1_HALF);
      v128.store(target, b0, 16);
      v128.store(target, b1, CONV1_HALF + 16);
      v128.store(target, a2, CONV1_PIXEL);
      v128.store(target, a3, CONV1_HALF + CONV1_PIXEL);
      v128.store(target, b2, CONV1_PIXEL + 16);
      v128.store(target, b3, CONV1_HALF + CONV1_PIXEL + 16);
      target += 2 * CONV1_PIXEL;
      window += 32;
    }
  }
}

/** Adds a vector to the four partial sums of one weight. */
function accumulate(target: usize, value: v128): void {
  v128.store(target, f32x4.add(v128.load(target), value));
}

/** Two outputs × four taps side by side. */
function fourTaps(gradient: usize, input: usize, target: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let half: usize = 0; half < 2; half++) {
    let dy = gradient + half * CONV1_HALF;
    let x = input + half * INPUT_HALF;
    for (const end = dy + 28 * CONV1_ROW; dy < end; x += 64) {
      const rowEnd = dy + CONV1_ROW;
      do {
        const g0 = v128.load(dy);
        const g1 = v128.load(dy, 16);
        const x0 = v128.load(x);
        const x1 = v128.load(x, INPUT_PIXEL);
        const x2 = v128.load(x, 2 * INPUT_PIXEL);
        const x3 = v128.load(x, 3 * INPUT_PIXEL);
        a0 = f32x4.add(a0, f32x4.mul(g0, x0));
        a1 = f32x4.add(a1, f32x4.mul(g0, x1));
        a2 = f32x4.add(a2, f32x4.mul(g0, x2));
        a3 = f32x4.add(a3, f32x4.mul(g0, x3));
        b0 = f32x4.add(b0, f32x4.mul(g1, x0));
        b1 = f32x4.add(b1, f32x4.mul(g1, x1));
        b2 = f32x4.add(b2, f32x4.mul(g1, x2));
        b3 = f32x4.add(b3, f32x4.mul(g1, x3));
        dy += CONV1_PIXEL;
        x += 16;
      } while (dy < rowEnd);
    }
  }
  accumulate(target, a0);
  accumulate(target + 16, a1);
  accumulate(target + 32, a2);
  accumulate(target + 48, a3);
  target += 400;
  accumulate(target, b0);
  accumulate(target + 16, b1);
  accumulate(target + 32, b2);
  accumulate(target + 48, b3);
}

/** Six outputs × one tap. */
function oneTap(gradient: usize, input: usize, target: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  for (let half: usize = 0; half < 2; half++) {
    let dy = gradient + half * CONV1_HALF;
    let x = input + half * INPUT_HALF;
    for (const end = dy + 28 * CONV1_ROW; dy < end; x += 64) {
      const rowEnd = dy + CONV1_ROW;
      do {
        const x0 = v128.load(x);
        a = f32x4.add(a, f32x4.mul(x0, v128.load(dy)));
        b = f32x4.add(b, f32x4.mul(x0, v128.load(dy, 16)));
        c = f32x4.add(c, f32x4.mul(x0, v128.load(dy, 32)));
        d = f32x4.add(d, f32x4.mul(x0, v128.load(dy, 48)));
        e = f32x4.add(e, f32x4.mul(x0, v128.load(dy, 64)));
        f = f32x4.add(f, f32x4.mul(x0, v128.load(dy, 80)));
        dy += CONV1_PIXEL;
        x += 16;
      } while (dy < rowEnd);
    }
  }
  accumulate(target, a);
  accumulate(target + 400, b);
  accumulate(target + 800, c);
  accumulate(target + 1200, d);
  accumulate(target + 1600, e);
  accumulate(target + 2000, f);
}

/** Adds one group's share to the gradient of the weights, [output][ky][kx][4 partial sums]. */
export function addWeightGradient1(gradient: usize, input: usize, target: usize): void {
  for (let ky: usize = 0; ky < 5; ky++) {
    const row = input + ky * INPUT_ROW;
    const taps = target + ky * 80;
    for (let pair: usize = 0; pair < C1 / 2; pair++) fourTaps(gradient + pair * 32, row, taps + pair * 800);
    for (let block: usize = 0; block < C1 / 6; block++) {
      oneTap(gradient + block * 96, row + 4 * INPUT_PIXEL, taps + block * 2400 + 64);
    }
  }
}
