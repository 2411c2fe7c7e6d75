/**
 * Multiply-adds of 128-bit vectors, and as little else as can be: a step is four weights times two vectors, into eight
 * sums that do not wait for each other. V8 keeps it all in registers; unrolled, or with more sums, it does not, and is slower.
 */

/** Float multiply-adds of one step. */
export const multiplyAdds: i32 = 32;

memory.grow(1);

/**
 * All vectors are 0, and are loaded, since products that do not change would be computed once.
 *
 * @returns a value that each step has a part in
 */
export function multiplyAdd(steps: i32): f32 {
  const w0 = v128.load(2048);
  const w1 = v128.load(2064);
  const w2 = v128.load(2080);
  const w3 = v128.load(2096);
  let a0 = f32x4.splat(1);
  let a1 = f32x4.splat(2);
  let a2 = f32x4.splat(3);
  let a3 = f32x4.splat(4);
  let b0 = f32x4.splat(5);
  let b1 = f32x4.splat(6);
  let b2 = f32x4.splat(7);
  let b3 = f32x4.splat(8);
  for (let step = 0; step < steps; step++) {
    const at = <usize>((step & 63) << 5);
    let vector = v128.load(at);
    a0 = f32x4.add(a0, f32x4.mul(w0, vector));
    a1 = f32x4.add(a1, f32x4.mul(w1, vector));
    a2 = f32x4.add(a2, f32x4.mul(w2, vector));
    a3 = f32x4.add(a3, f32x4.mul(w3, vector));
    vector = v128.load(at, 16);
    b0 = f32x4.add(b0, f32x4.mul(w0, vector));
    b1 = f32x4.add(b1, f32x4.mul(w1, vector));
    b2 = f32x4.add(b2, f32x4.mul(w2, vector));
    b3 = f32x4.add(b3, f32x4.mul(w3, vector));
  }
  const a = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
  const b = f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3));
  return f32x4.extract_lane(f32x4.add(a, b), 0);
}
