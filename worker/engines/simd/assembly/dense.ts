/**
 * Dense layers. Weights are [block of 4 rows][input][4 rows], activations [half group][unit][4 images];
 * a half group's units are `units` × 16 bytes. Inner loops as in convolution1.ts.
 */
import { isPlain, move, update } from './optimizer';
import { tanhVector } from './vector';

/** One group: inputs → rows, before the activation. */
export function forwardDense(
  group: usize,
  input: usize,
  inputs: usize,
  weights: usize,
  bias: usize,
  output: usize,
  rows: usize,
): void {
  const inputHalf = inputs * 16;
  const outputHalf = rows * 16;
  for (let row: usize = 0; row < rows; row += 4) {
    let x = input + group * 2 * inputHalf;
    let weight = weights + row * inputs * 4;
    let a0 = v128.load_splat<f32>(bias + row * 4);
    let b0 = v128.load_splat<f32>(bias + row * 4, 4);
    let c0 = v128.load_splat<f32>(bias + row * 4, 8);
    let d0 = v128.load_splat<f32>(bias + row * 4, 12);
    let a1 = a0;
    let b1 = b0;
    let c1 = c0;
    let d1 = d0;
    for (const end = x + inputHalf; x < end; x += 16, weight += 16) {
      const x0 = v128.load(x);
      const x1 = v128.load(x + inputHalf);
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
    const target = output + group * 2 * outputHalf + row * 16;
    v128.store(target, a0);
    v128.store(target, b0, 16);
    v128.store(target, c0, 32);
    v128.store(target, d0, 48);
    v128.store(target + outputHalf, a1);
    v128.store(target + outputHalf, b1, 16);
    v128.store(target + outputHalf, c1, 32);
    v128.store(target + outputHalf, d1, 48);
  }
}

/** tanh, in place, of all units of one group. */
export function activate(group: usize, activation: usize, units: usize): void {
  const end = activation + (group + 1) * units * 32;
  for (let value = activation + group * units * 32; value < end; value += 16) {
    v128.store(value, tanhVector(v128.load(value)));
  }
}

/** One group: the gradient of the inputs from that of the rows. Four inputs at a time. */
export function inputGradientDense(
  group: usize,
  gradient: usize,
  rows: usize,
  weights: usize,
  inputGradient: usize,
  inputs: usize,
): void {
  const rowsHalf = rows * 16;
  const inputHalf = inputs * 16;
  for (let unit: usize = 0; unit < inputs; unit += 4) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let dy = gradient + group * 2 * rowsHalf;
    let weight = weights + unit * 16;
    for (const end = dy + rowsHalf; dy < end; weight += inputHalf - 16) {
      const blockEnd = dy + 64;
      do {
        const g0 = v128.load(dy);
        const g1 = v128.load(dy + rowsHalf);
        const w0 = v128.load_splat<f32>(weight);
        const w1 = v128.load_splat<f32>(weight, 16);
        const w2 = v128.load_splat<f32>(weight, 32);
        const w3 = v128.load_splat<f32>(weight, 48);
        a0 = f32x4.add(a0, f32x4.mul(g0, w0));
        a1 = f32x4.add(a1, f32x4.mul(g1, w0));
        b0 = f32x4.add(b0, f32x4.mul(g0, w1));
        b1 = f32x4.add(b1, f32x4.mul(g1, w1));
        c0 = f32x4.add(c0, f32x4.mul(g0, w2));
        c1 = f32x4.add(c1, f32x4.mul(g1, w2));
        d0 = f32x4.add(d0, f32x4.mul(g0, w3));
        d1 = f32x4.add(d1, f32x4.mul(g1, w3));
        weight += 4;
        dy += 16;
      } while (dy < blockEnd);
    }
    const target = inputGradient + group * 2 * inputHalf + unit * 16;
    v128.store(target, a0);
    v128.store(target, b0, 16);
    v128.store(target, c0, 32);
    v128.store(target, d0, 48);
    v128.store(target + inputHalf, a1);
    v128.store(target + inputHalf, b1, 16);
    v128.store(target + inputHalf, c1, 32);
    v128.store(target + inputHalf, d1, 48);
  }
}

/** One group: the gradient of what went into tanh, in place, given the tanh. */
export function activationGradient(group: usize, gradient: usize, activation: usize, units: usize): void {
  const one = f32x4.splat(1);
  const end = (group + 1) * units * 32;
  for (let offset = group * units * 32; offset < end; offset += 16) {
    const value = v128.load(activation + offset);
    const slope = f32x4.sub(one, f32x4.mul(value, value));
    v128.store(gradient + offset, f32x4.mul(v128.load(gradient + offset), slope));
  }
}

/**
 * Turns one group's gradient of the rows around, for the update: four images of four rows, [half group][row][4 images],
 * become the four rows of each image, [half group][block of 4 rows][image][4 rows].
 */
export function transposeGradient(group: usize, gradient: usize, rows: usize): void {
  const end = gradient + (group + 1) * rows * 32;
  for (let block = gradient + group * rows * 32; block < end; block += 64) {
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const abLater = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cdLater = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(block, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
    v128.store(block, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), 16);
    v128.store(block, v128.shuffle<f32>(abLater, cdLater, 0, 1, 4, 5), 32);
    v128.store(block, v128.shuffle<f32>(abLater, cdLater, 2, 3, 6, 7), 48);
  }
}

/**
 * The update of the weights and biases of rows `from` … `to`, from all half groups and their transposed gradient:
 * two blocks of 4 rows × 4 inputs at a time, summed image by image.
 */
export function updateDense(
  from: usize,
  to: usize,
  halfGroups: usize,
  gradient: usize,
  rows: usize,
  input: usize,
  inputs: usize,
  weights: usize,
  bias: usize,
): void {
  const rowsHalf = rows * 16;
  const inputHalf = inputs * 16;
  const blockBytes = inputs * 16;
  const plain = isPlain();
  for (let row = from; row < to; row += 8) {
    const firstGradient = gradient + row * 16;
    updateBias(halfGroups, firstGradient, rowsHalf, bias + row * 4);
    updateBias(halfGroups, firstGradient + 64, rowsHalf, bias + row * 4 + 16);
    let weight = weights + row * inputs * 4;
    for (let unit: usize = 0; unit < inputs; unit += 4, weight += 64) {
      let a0 = f32x4.splat(0);
      let b0 = a0;
      let c0 = a0;
      let d0 = a0;
      let a1 = a0;
      let b1 = a0;
      let c1 = a0;
      let d1 = a0;
      let dy = firstGradient;
      let x = input + unit * 16;
      for (const end = dy + halfGroups * rowsHalf; dy < end; dy += rowsHalf - 64, x += inputHalf - 16) {
        const blockEnd = dy + 64;
        do {
          const g0 = v128.load(dy);
          const g1 = v128.load(dy, 64);
          const x0 = v128.load_splat<f32>(x);
          const x1 = v128.load_splat<f32>(x, 16);
          const x2 = v128.load_splat<f32>(x, 32);
          const x3 = v128.load_splat<f32>(x, 48);
          a0 = f32x4.add(a0, f32x4.mul(g0, x0));
          b0 = f32x4.add(b0, f32x4.mul(g0, x1));
          c0 = f32x4.add(c0, f32x4.mul(g0, x2));
          d0 = f32x4.add(d0, f32x4.mul(g0, x3));
          a1 = f32x4.add(a1, f32x4.mul(g1, x0));
          b1 = f32x4.add(b1, f32x4.mul(g1, x1));
          c1 = f32x4.add(c1, f32x4.mul(g1, x2));
          d1 = f32x4.add(d1, f32x4.mul(g1, x3));
          dy += 16;
          x += 4;
        } while (dy < blockEnd);
      }
      if (plain) {
        moveFour(weight, a0, b0, c0, d0);
        moveFour(weight + blockBytes, a1, b1, c1, d1);
      } else {
        updateFour(weight, a0, b0, c0, d0);
        updateFour(weight + blockBytes, a1, b1, c1, d1);
      }
    }
  }
}

function moveFour(weight: usize, a: v128, b: v128, c: v128, d: v128): void {
  move(weight, a);
  move(weight + 16, b);
  move(weight + 32, c);
  move(weight + 48, d);
}

function updateFour(weight: usize, a: v128, b: v128, c: v128, d: v128): void {
  update(weight, a);
  update(weight + 16, b);
  update(weight + 32, c);
  update(weight + 48, d);
}

function updateBias(halfGroups: usize, gradient: usize, rowsHalf: usize, bias: usize): void {
  let sum = f32x4.splat(0);
  for (const end = gradient + halfGroups * rowsHalf; gradient < end; gradient += rowsHalf - 64) {
    const blockEnd = gradient + 64;
    do {
      sum = f32x4.add(sum, v128.load(gradient));
      gradient += 16;
    } while (gradient < blockEnd);
  }
  update(bias, sum);
}
