import { expect, test } from 'vitest';
import { verify } from './verify.mjs';

/** Where `npm test` found none, these tests are skipped, and it says so. */
test.runIf(process.env.TRAINYARD_TEST_TENSORFLOW)(
  'the TensorFlow that is set up runs an op, on this Node',
  async () => {
    expect(await verify(process.env)).toMatchObject({
      version: expect.stringMatching(/^2\./),
      device: expect.stringMatching(/^[cg]pu$/),
    });
  },
);
