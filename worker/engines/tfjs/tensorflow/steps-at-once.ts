/**
 * Steps that one call of TensorFlow makes. On a CPU more gain nothing that can be measured (docs/gpu.md has the figures of 8, 16
 * and 32), and prepare longer: a first step takes 0.26 s with 8, 0.32 s with 16. A GPU waits for the host between two calls.
 */
export const STEPS_AT_ONCE = { cpu: 8, gpu: 16 } as const;
