/** Steps that one call of TensorFlow makes. Of more, a graph takes longer to prepare, and gains little: docs/gpu.md has the figures of 8 and 32. */
export const STEPS_AT_ONCE = { cpu: 16, gpu: 16 } as const;
