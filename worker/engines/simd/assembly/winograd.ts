/**
 * Winograd's F(4, 5) along a row, with the points 0, ±1, ±2, ±½ and ∞ (Lavin and Gray 2015, arXiv 1509.09308): a quad, four
 * outputs side by side, takes eight products where it would take twenty. It sees eight values of the row. In float32 the
 * error of a 5×5 convolution is some four times that of the plain sum: 1.2e-7, root mean square, for values up to 1 and
 * taps up to 0.2.
 */

import { times } from './vector';

export const POINTS: usize = 8;
/** Bytes from the products of one point to those of the next: 8 vectors of four images. */
export const PRODUCT_POINT: usize = 128;

// The transforms' factors, in memory as tanh's are (vector.ts).
const FACTOR_0_125: usize = memory.data<f32>([0.125]);
const FACTOR_0_25: usize = memory.data<f32>([0.25]);
const FACTOR_0_5: usize = memory.data<f32>([0.5]);
const FACTOR_1_25: usize = memory.data<f32>([1.25]);
const FACTOR_2_5: usize = memory.data<f32>([2.5]);
const FACTOR_4: usize = memory.data<f32>([4]);
const FACTOR_4_25: usize = memory.data<f32>([4.25]);
const FACTOR_5: usize = memory.data<f32>([5]);
const FACTOR_5_25: usize = memory.data<f32>([5.25]);
const FACTOR_8: usize = memory.data<f32>([8]);
const FACTOR_16: usize = memory.data<f32>([16]);

/** What a quad sees, `step` bytes from value to value, at the points. */
export function seeQuad(source: usize, step: usize, target: usize, pointBytes: usize): void {
  const d1 = v128.load(source + step);
  const d2 = v128.load(source + 2 * step);
  const d3 = v128.load(source + 3 * step);
  const d4 = v128.load(source + 4 * step);
  const d5 = v128.load(source + 5 * step);
  const d6 = v128.load(source + 6 * step);
  v128.store(target, outer(v128.load(source), d2, d4, d6));
  const even1 = f32x4.sub(f32x4.add(d2, d6), times(d4, FACTOR_4_25));
  const odd1 = f32x4.sub(f32x4.add(d1, d5), times(d3, FACTOR_4_25));
  storeBoth(target + pointBytes, pointBytes, even1, odd1);
  const d3Scaled = times(d3, FACTOR_2_5);
  const half2 = f32x4.sub(times(d2, FACTOR_0_25), times(d4, FACTOR_1_25));
  const odd2 = f32x4.sub(f32x4.add(times(d1, FACTOR_0_5), f32x4.add(d5, d5)), d3Scaled);
  storeBoth(target + 3 * pointBytes, pointBytes, f32x4.add(d6, half2), odd2);
  const four2 = f32x4.sub(times(d2, FACTOR_4), times(d4, FACTOR_5));
  const odd3 = f32x4.sub(f32x4.add(f32x4.add(d1, d1), times(d5, FACTOR_0_5)), d3Scaled);
  storeBoth(target + 5 * pointBytes, pointBytes, f32x4.add(d6, four2), odd3);
  v128.store(target + 7 * pointBytes, outer(v128.load(source + 7 * step), d5, d3, d1));
}

/** What one quad sees of a map, channel by channel: [point][y][channel][4 images], as many rows as a point has room for. */
export function seeMap(map: usize, rowBytes: usize, pixelBytes: usize, seen: usize, pointBytes: usize): void {
  for (const end = seen + pointBytes; seen < end; map += rowBytes) {
    for (let value: usize = 0; value < pixelBytes; value += 16, seen += 16) {
      seeQuad(map + value, pixelBytes, seen, pointBytes);
    }
  }
}

/** a − d + 5.25 (c − b): the points 0 and ∞. */
function outer(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.sub(a, d), times(f32x4.sub(c, b), FACTOR_5_25));
}

/** A point and its opposite. */
function storeBoth(target: usize, pointBytes: usize, even: v128, odd: v128): void {
  v128.store(target, f32x4.add(even, odd));
  v128.store(target + pointBytes, f32x4.sub(even, odd));
}

/** A quad from its products. A bias is what the products at the point 1 begin with: that adds it to all four. */
export function joinQuad(product: usize, target: usize, step: usize): void {
  const m1 = v128.load(product, PRODUCT_POINT);
  const m2 = v128.load(product, 2 * PRODUCT_POINT);
  const m3 = v128.load(product, 3 * PRODUCT_POINT);
  const m4 = v128.load(product, 4 * PRODUCT_POINT);
  const m5 = v128.load(product, 5 * PRODUCT_POINT);
  const m6 = v128.load(product, 6 * PRODUCT_POINT);
  const even1 = f32x4.add(m1, m2);
  const even2 = f32x4.add(m3, m4);
  const even3 = f32x4.add(m5, m6);
  v128.store(target, f32x4.add(f32x4.add(v128.load(product), even1), f32x4.add(even2, even3)));
  const quarter = times(even3, FACTOR_0_25);
  v128.store(target + 2 * step, f32x4.add(even1, f32x4.add(times(even2, FACTOR_4), quarter)));
  const odd1 = f32x4.sub(m1, m2);
  const odd2 = f32x4.sub(m3, m4);
  const odd3 = f32x4.sub(m5, m6);
  v128.store(target + step, f32x4.add(odd1, f32x4.add(f32x4.add(odd2, odd2), times(odd3, FACTOR_0_5))));
  const last = f32x4.add(odd1, v128.load(product, 7 * PRODUCT_POINT));
  const eighth = times(odd3, FACTOR_0_125);
  v128.store(target + 3 * step, f32x4.add(last, f32x4.add(times(odd2, FACTOR_8), eighth)));
}

/** The gradient of a quad at the points: what its products with `seeQuad`'s add up to is what `tapGradients` reads. */
export function spreadQuad(g0: v128, g1: v128, g2: v128, g3: v128, target: usize, pointBytes: usize): void {
  v128.store(target, g0);
  storeBoth(target + pointBytes, pointBytes, f32x4.add(g0, g2), f32x4.add(g1, g3));
  const even2 = f32x4.add(g0, times(g2, FACTOR_4));
  const odd2 = f32x4.add(f32x4.add(g1, g1), times(g3, FACTOR_8));
  storeBoth(target + 3 * pointBytes, pointBytes, even2, odd2);
  const even3 = f32x4.add(g0, times(g2, FACTOR_0_25));
  const odd3 = f32x4.add(times(g1, FACTOR_0_5), times(g3, FACTOR_0_125));
  storeBoth(target + 5 * pointBytes, pointBytes, even3, odd3);
  v128.store(target + 7 * pointBytes, g3);
}

// What the taps at the points ±1, ±2 and ±½ are divided by.
const DIVISOR1: f32 = -4.5;
const DIVISOR2: f32 = 90;
const DIVISOR3: f32 = 22.5;

/** Five taps, `step` bytes apart, at the points. */
export function tapsAtPoints(source: usize, step: usize, target: usize, pointBytes: usize): void {
  const g0 = load<f32>(source);
  const g1 = load<f32>(source + step);
  const g2 = load<f32>(source + 2 * step);
  const g3 = load<f32>(source + 3 * step);
  const g4 = load<f32>(source + 4 * step);
  store<f32>(target, g0);
  storePair(target + pointBytes, pointBytes, (g0 + g2 + g4) / DIVISOR1, (g1 + g3) / DIVISOR1);
  storePair(target + 3 * pointBytes, pointBytes, (g0 + g2 * 4 + g4 * 16) / DIVISOR2, (g1 * 2 + g3 * 8) / DIVISOR2);
  storePair(target + 5 * pointBytes, pointBytes, (g0 * 16 + g2 * 4 + g4) / DIVISOR3, (g1 * 8 + g3 * 2) / DIVISOR3);
  store<f32>(target + 7 * pointBytes, g4);
}

function storePair(target: usize, pointBytes: usize, even: f32, odd: f32): void {
  store<f32>(target, even + odd);
  store<f32>(target + pointBytes, even - odd);
}

/**
 * The transpose of `tapsAtPoints`, of a vector of weights: the gradients at the eight points, end to end, become those of
 * the five taps, in place.
 */
export function tapGradients(vectors: usize): void {
  const s1 = v128.load(vectors, 16);
  const s2 = v128.load(vectors, 32);
  const s3 = v128.load(vectors, 48);
  const s4 = v128.load(vectors, 64);
  const s5 = v128.load(vectors, 80);
  const s6 = v128.load(vectors, 96);
  const even1 = f32x4.div(f32x4.add(s1, s2), f32x4.splat(DIVISOR1));
  const odd1 = f32x4.div(f32x4.sub(s1, s2), f32x4.splat(DIVISOR1));
  const even2 = f32x4.div(f32x4.add(s3, s4), f32x4.splat(DIVISOR2));
  const odd2 = f32x4.div(f32x4.sub(s3, s4), f32x4.splat(DIVISOR2));
  const even3 = f32x4.div(f32x4.add(s5, s6), f32x4.splat(DIVISOR3));
  const odd3 = f32x4.div(f32x4.sub(s5, s6), f32x4.splat(DIVISOR3));
  const first = f32x4.add(v128.load(vectors), even1);
  v128.store(vectors, f32x4.add(first, f32x4.add(even2, times(even3, FACTOR_16))));
  const second = f32x4.add(f32x4.add(odd2, odd2), times(odd3, FACTOR_8));
  v128.store(vectors, f32x4.add(odd1, second), 16);
  const third = times(f32x4.add(even2, even3), FACTOR_4);
  v128.store(vectors, f32x4.add(even1, third), 32);
  const fourth = f32x4.add(times(odd2, FACTOR_8), f32x4.add(odd3, odd3));
  v128.store(vectors, f32x4.add(odd1, fourth), 48);
  const last = f32x4.add(v128.load(vectors, 112), even1);
  v128.store(vectors, f32x4.add(last, f32x4.add(times(even2, FACTOR_16), even3)), 64);
}
