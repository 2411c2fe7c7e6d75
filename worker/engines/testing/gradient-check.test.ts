/** The check that every engine must pass notices one that is wrong. On the fastest engine: it is the check's own test. */
import { expect, test } from 'vitest';
import { createSimdEngine } from '../simd/simd-engine.ts';
import { assertGradients, withFrozenTensor } from './gradient-check.ts';
import { range, readReference } from './reference.ts';

test('the check of gradients notices any one of them missing', async () => {
  const reference = await readReference();
  const engine = await createSimdEngine({ threads: 1 });
  engine.loadImages('train', reference.images);
  for (const frozen of reference.init.keys()) {
    const broken = withFrozenTensor(engine, frozen);
    await expect(assertGradients(broken, 'tanh', reference.init, range(0, 64))).rejects.toThrow(
      new RegExp(`^wrong gradients: ${frozen} by 1[^,]*$`),
    );
  }
  engine.close();
});
