/** Of which LeNet the kernels are: LeNet-5. scripts/build-simd.mjs puts the counts of another in their place. */
export const CHANNELS1: usize = 6;
export const CHANNELS2: usize = 16;
export const UNITS1: usize = 120;
export const UNITS2: usize = 84;
export const CLASSES: usize = 10;
