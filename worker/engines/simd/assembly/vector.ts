/** What the kernels share: tanh of a vector, and the sums over the images of weights' gradients. */

/**
 * tanh as an odd rational function of degrees 9 and 8; within 3.6e-7 of the true value everywhere.
 * Coefficients: Eigen, MathFunctionsImpl.h, generic_fast_tanh_float. Beyond the bound it stays at 1 − 2⁻²³, never past 1.
 * pmin and pmax let NaN through, so that a diverged run shows in its loss.
 */
export function tanhVector(value: v128): v128 {
  const bound: f32 = 8.01773357391357422;
  const x = f32x4.pmax(f32x4.pmin(value, f32x4.splat(bound)), f32x4.splat(-bound));
  const square = f32x4.mul(x, x);
  let above = f32x4.add(f32x4.mul(f32x4.splat(1.394553628e-8), square), f32x4.splat(2.10273356e-5));
  let below = f32x4.add(f32x4.mul(f32x4.splat(8.015776984e-7), square), f32x4.splat(3.326951409e-4));
  above = f32x4.add(f32x4.mul(above, square), f32x4.splat(3.520756727e-3));
  below = f32x4.add(f32x4.mul(below, square), f32x4.splat(2.597254514e-2));
  above = f32x4.add(f32x4.mul(above, square), f32x4.splat(1.3402161e-1));
  below = f32x4.add(f32x4.mul(below, square), f32x4.splat(4.67354834e-1));
  above = f32x4.add(f32x4.mul(above, square), f32x4.splat(1));
  below = f32x4.add(f32x4.mul(below, square), f32x4.splat(1));
  return f32x4.div(f32x4.mul(x, above), below);
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
