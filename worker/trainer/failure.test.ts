import { expect, it } from 'vitest';
import { PermanentError, RetryableError } from '../../shared/errors.ts';
import { death, failure, notOpened } from './failure.ts';

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
  expect(death({ how: 'exit code 1', said, opening: 'tensorflow' }).code).toBe('out-of-memory');
});

it('memory of the host that does not suffice is told as it is', () => {
  const { code, message } = failure(new RangeError('WebAssembly.Memory(): could not allocate memory'));
  expect({ code, message }).toEqual({ code: 'out-of-memory', message: expect.stringMatching(/^WebAssembly.Memory/) });
  const said = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  expect(death({ how: 'killed by SIGABRT', said, opening: null }).code).toBe('out-of-memory');
});

it('all else is no matter of memory', () => {
  expect(failure(new Error('no such op'))).toMatchObject({ code: 'trainer-died', permanent: false });
  expect(failure(new RangeError('index 7 is outside'))).toMatchObject({ code: 'trainer-died', permanent: false });
  expect(failure(new RetryableError('engine-unavailable', 'no GPU'))).toMatchObject({
    ...{ code: 'engine-unavailable', permanent: false },
  });
  expect(failure(new PermanentError('loss-not-finite', 'at step 7'))).toMatchObject({ permanent: true });
  expect(death({ how: 'killed by SIGSEGV', said: 'Segmentation fault', opening: null }).code).toBe('trainer-died');
});

it('an engine that cannot be opened is missing here, unless memory did not suffice or somebody ended its process', () => {
  const opened = (error: Error) => notOpened('tensorflow', error);
  expect(opened(new Error('libtensorflow_framework.so.2: file too short'))).toMatchObject({
    code: 'engine-unavailable',
    message: 'the engine tensorflow cannot be used here: libtensorflow_framework.so.2: file too short',
  });
  expect(opened(new RangeError('WebAssembly.Memory(): could not allocate memory')).code).toBe('out-of-memory');
  const died = (how: string) => death({ how, said: '', opening: 'tensorflow' });
  expect(died('killed by SIGILL')).toMatchObject({
    code: 'engine-unavailable',
    message: 'the engine tensorflow cannot be used here: the trainer process died: killed by SIGILL',
  });
  expect(died('killed by SIGKILL').code).toBe('trainer-died');
});
