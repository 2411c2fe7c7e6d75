/** What the kernels share: tanh of a vector, and the sums over the images of weights' gradients. */

// Constants of hot loops lie in memory, and are read where they are used: V8 builds one that stands in the code anew each time,
// from three instructions.
const BOUND: usize = memory.data<f32>([8.01773357391357422, -8.01773357391357422]);
const ABOVE: usize = memory.data<f32>([1.394553628e-8, 2.10273356e-5, 3.520756727e-3, 1.3402161e-1, 1]);
const BELOW: usize = memory.data<f32>([8.015776984e-7, 3.326951409e-4, 2.597254514e-2, 4.67354834e-1, 1]);

/**
 * tanh as an odd rational function of degrees 9 and 8; within 3.6e-7 of the true value everywhere.
 * Coefficients: Eigen, MathFunctionsImpl.h, generic_fast_tanh_float. Beyond the bound it stays at 1 − 2⁻²³, never past 1.
 * pmin and pmax let NaN through, so that a diverged run shows in its loss.
 */
export function tanhVector(value: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(value, v128.load_splat<f32>(BOUND)), v128.load_splat<f32>(BOUND, 4));
  const square = f32x4.mul(x, x);
  let above = f32x4.add(times(square, ABOVE), v128.load_splat<f32>(ABOVE, 4));
  let below = f32x4.add(times(square, BELOW), v128.load_splat<f32>(BELOW, 4));
  above = f32x4.add(f32x4.mul(above, square), v128.load_splat<f32>(ABOVE, 8));
  below = f32x4.add(f32x4.mul(below, square), v128.load_splat<f32>(BELOW, 8));
  above = f32x4.add(f32x4.mul(above, square), v128.load_splat<f32>(ABOVE, 12));
  below = f32x4.add(f32x4.mul(below, square), v128.load_splat<f32>(BELOW, 12));
  above = f32x4.add(f32x4.mul(above, square), v128.load_splat<f32>(ABOVE, 16));
  below = f32x4.add(f32x4.mul(below, square), v128.load_splat<f32>(BELOW, 16));
  return f32x4.div(f32x4.mul(x, above), below);
}

/** A vector times the number at an address. */
export function times(value: v128, factor: usize): v128 {
  return f32x4.mul(value, v128.load_splat<f32>(factor));
}

/** (sum of a, sum of b, sum of c, sum of d), each as (lane 0 + lane 2) + (lane 1 + lane 3). */
export function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Adds a vector to the four partial sums of one weight. */
export function accumulate(target: usize, value: v128): void {
  v128.store(target, f32x4.add(v128.load(target), value));
}
