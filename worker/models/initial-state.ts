/** The state that a run starts from. */
import { elementCount, type Tensors } from '../../shared/checkpoints/tensors.ts';
import type { ModelName } from '../../shared/jobs.ts';
import { MODELS } from '../../shared/models/models.ts';
import { randomStream } from '../data/random.ts';

/**
 * Weights and biases uniform within ±1/√fanIn, PyTorch's default for convolutions and dense layers.
 * Only operations that IEEE 754 rounds exactly: the same bits everywhere.
 */
export function initialState(model: ModelName, seed: number): Tensors {
  const stream = randomStream(seed, 'init', 0);
  const state: Tensors = new Map();
  for (const { name, shape, fanIn } of MODELS[model].parameters) {
    const bound = 1 / Math.sqrt(fanIn);
    // not Float32Array.from, which takes three times as long
    const data = new Float32Array(elementCount(shape));
    for (let i = 0; i < data.length; i++) data[i] = (2 * stream.uniform() - 1) * bound;
    state.set(name, { shape: [...shape], data });
  }
  return state;
}
