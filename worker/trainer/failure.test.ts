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
});

it.each(OUT_OF_MEMORY)('so it is where it ends the process: %s', (said) => {
  for (const opening of ['tensorflow', null] as const) {
    const { code, message } = death({ how: 'killed by SIGABRT', said: `F0000 gpu.cc:1] ${said}`, opening });
    expect(code).toBe('out-of-memory');
    expect(message).toMatch(
      /smaller batchSize.*WORKER_SLOTS.*what else runs.* the trainer process died: killed by SIGABRT/,
    );
    expect(message).toContain(said);
  }
});

it('memory of the host that does not suffice is told as it is', () => {
  const { code, message } = failure(new RangeError('WebAssembly.Memory(): could not allocate memory'));
  expect({ code, message }).toEqual({ code: 'out-of-memory', message: expect.stringMatching(/^WebAssembly.Memory/) });
  const said = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  const died = death({ how: 'killed by SIGABRT', said, opening: null });
  expect(died).toMatchObject({ code: 'out-of-memory', message: expect.stringMatching(/^the trainer process died/) });
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
  expect(opened(new Error('libgomp.so.1: cannot allocate memory in static TLS block')).code).toBe('engine-unavailable');
  const died = (how: string) => death({ how, said: '', opening: 'tensorflow' });
  expect(died('killed by SIGILL')).toMatchObject({
    code: 'engine-unavailable',
    message: 'the engine tensorflow cannot be used here: the trainer process died: killed by SIGILL',
  });
  expect(died('killed by SIGKILL').code).toBe('trainer-died');
});

it.each([
  ['out-of-memory', 'libtensorflow_cc.so.2: cannot map zero-fill pages: Cannot allocate memory'],
  ['out-of-memory', 'Aborted(RangeError: WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory'],
  ['out-of-memory', 'FATAL ERROR: Zone Allocation failed - process out of memory'],
  ['out-of-memory', "terminate called after throwing an instance of 'std::bad_alloc'"],
  ['out-of-memory', 'spawn ENOMEM'],
  ['out-of-memory', 'CUDA_ERROR_OUT_OF_MEMORY: out of memory'],
  ['trainer-died', 'pthread_create failed: Resource temporarily unavailable'],
  ['trainer-died', 'uv_thread_create: EAGAIN'],
  ['trainer-died', "EMFILE: too many open files, open 'tfjs_binding.node'"],
])('what is short while an engine is opened is %s, and no fault of the engine: %s', (code, said) => {
  expect(notOpened('tensorflow', new Error(said)).code).toBe(code);
  expect(death({ how: 'killed by SIGABRT', said, opening: 'tensorflow' }).code).toBe(code);
});
