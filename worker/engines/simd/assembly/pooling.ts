/**
 * tanh and 2×2 average pooling, forward and backward, of four images: maps are [y][x][channel][4 images], and their rows may
 * have a margin.
 */
import { tanhVector } from './vector';

/** Two rows of pre-activations become their tanh, and the mean of each 2×2 window goes to `pooled`. */
export function activateAndPool(upper: usize, pixels: i32, pixelBytes: usize, rowBytes: usize, pooled: usize): void {
  const quarter = f32x4.splat(0.25);
  for (let pair = pixels >> 1; pair > 0; pair--) {
    for (const end = upper + pixelBytes; upper < end; upper += 16, pooled += 16) {
      const lower = upper + rowBytes;
      const a = tanhVector(v128.load(upper));
      const b = tanhVector(v128.load(upper + pixelBytes));
      const c = tanhVector(v128.load(lower));
      const d = tanhVector(v128.load(lower + pixelBytes));
      v128.store(upper, a);
      v128.store(upper + pixelBytes, b);
      v128.store(lower, c);
      v128.store(lower + pixelBytes, d);
      v128.store(pooled, f32x4.mul(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), quarter));
    }
    upper += pixelBytes;
  }
}

/**
 * The whole square map of tanh values becomes the gradient of what went into tanh, given that of the pooled map;
 * its sum over all positions is added to `biasGradient`, [channel][4].
 */
export function unpoolGradient(
  upper: usize,
  pixels: i32,
  pixelBytes: usize,
  rowBytes: usize,
  pooledGradient: usize,
  biasGradient: usize,
): void {
  const nextRows = 2 * rowBytes - <usize>pixels * pixelBytes;
  const quarter = f32x4.splat(0.25);
  const one = f32x4.splat(1);
  for (let rows = pixels >> 1; rows > 0; rows--) {
    for (let pair = pixels >> 1; pair > 0; pair--) {
      let bias = biasGradient;
      for (const end = upper + pixelBytes; upper < end; upper += 16, pooledGradient += 16, bias += 16) {
        const lower = upper + rowBytes;
        const share = f32x4.mul(v128.load(pooledGradient), quarter);
        let a = v128.load(upper);
        let b = v128.load(upper + pixelBytes);
        let c = v128.load(lower);
        let d = v128.load(lower + pixelBytes);
        a = f32x4.mul(share, f32x4.sub(one, f32x4.mul(a, a)));
        b = f32x4.mul(share, f32x4.sub(one, f32x4.mul(b, b)));
        c = f32x4.mul(share, f32x4.sub(one, f32x4.mul(c, c)));
        d = f32x4.mul(share, f32x4.sub(one, f32x4.mul(d, d)));
        v128.store(upper, a);
        v128.store(upper + pixelBytes, b);
        v128.store(lower, c);
        v128.store(lower + pixelBytes, d);
        v128.store(bias, f32x4.add(v128.load(bias), f32x4.add(f32x4.add(a, b), f32x4.add(c, d))));
      }
      upper += pixelBytes;
    }
    upper += nextRows;
  }
}
