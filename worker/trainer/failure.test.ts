import { expect, it } from 'vitest';
import { PermanentError, RetryableError } from '../../shared/errors.ts';
import { codeOfDeath, failure } from './failure.ts';

/** As TensorFlow 2.21, CUDA 12 and cuDNN 9 word it. */
const OUT_OF_MEMORY = [
  'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[4096,6,28,28] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc',
  'RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1207959552 bytes.',
  'failed to allocate 2.00GiB (2147483648 bytes) from device: RESOURCE_EXHAUSTED: : CUDA_ERROR_OUT_OF_MEMORY: out of memory',
  'Could not create cudnn handle: CUDNN_STATUS_ALLOC_FAILED',
  'failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED',
];

it.each(OUT_OF_MEMORY)('memory that does not suffice is worth another attempt, and says what to change: %s', (said) => {
  const { code, permanent, message } = failure(new Error(said));
  expect({ code, permanent }).toEqual({ code: 'out-of-memory', permanent: false });
  expect(message).toMatch(/smaller batchSize.*WORKER_SLOTS.*what else runs/);
  expect(message).toContain('TensorFlow says: ');
  expect(failure(new Error(said.padEnd(9000, '.'))).message.length).toBeLessThan(600);
  expect(codeOfDeath(said)).toBe('out-of-memory');
});

it('memory of the host that does not suffice is told as it is', () => {
  const { code, message } = failure(new RangeError('WebAssembly.Memory(): could not allocate memory'));
  expect({ code, message }).toEqual({ code: 'out-of-memory', message: expect.stringMatching(/^WebAssembly.Memory/) });
  expect(codeOfDeath('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory')).toBe(
    'out-of-memory',
  );
});

it('all else is no matter of memory', () => {
  expect(failure(new Error('no such op'))).toMatchObject({ code: 'trainer-died', permanent: false });
  expect(failure(new RangeError('index 7 is outside'))).toMatchObject({ code: 'trainer-died', permanent: false });
  expect(failure(new RetryableError('engine-unavailable', 'no GPU'))).toMatchObject({
    ...{ code: 'engine-unavailable', permanent: false },
  });
  expect(failure(new PermanentError('loss-not-finite', 'at step 7'))).toMatchObject({ permanent: true });
  expect(codeOfDeath('Segmentation fault')).toBe('trainer-died');
});
