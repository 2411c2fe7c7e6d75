import { expect, test } from 'vitest';
import { HAS_TENSORFLOW } from '../../testing/engines-here.ts';
import { DATA_TYPE, openBackend } from './binding.ts';

/** TensorFlow shares memory only where it is aligned so far. */
const ALIGNMENT = 64;

/** As published, the binding shares it, and frees it on threads that may not call Node: scripts/setup/tensorflow/binding-sources.mjs. */
test.runIf(HAS_TENSORFLOW)('a tensor holds a copy of the values it is made from', () => {
  const { binding } = openBackend();
  // Somewhere in so many places 16 bytes apart, as memory is given out, one is aligned.
  const all = new Float32Array(1024);
  for (let start = 0; start < ALIGNMENT; start += 4) {
    const values = all.subarray(start, start + 16).fill(1);
    const tensor = binding.createTensor([16], DATA_TYPE.float32, values);
    values.fill(2);
    expect(binding.tensorDataSync(tensor)).toEqual(new Float32Array(16).fill(1));
    binding.deleteTensor(tensor);
  }
});
