/** How a trainer tells why a job could not be done. */
import { type ErrorCode, messageOf, PermanentError, RetryableError } from '../../shared/errors.ts';
import type { FromTrainer } from './protocol.ts';

const OUT_OF_HOST_MEMORY = /heap out of memory|Cannot allocate memory/i;
/** Of TensorFlow, CUDA and its libraries. */
const OUT_OF_DEVICE_MEMORY =
  /OOM when allocating|ResourceExhausted|RESOURCE_EXHAUSTED|failed to allocate|CUDA_ERROR_OUT_OF_MEMORY|CU(DNN|BLAS|SOLVER|FFT)\w*_ALLOC_FAILED/i;
const QUOTED = 300;

/** Anything that is not known to be permanent may be the machine's fault, and another attempt may fare better. */
export function failure(error: unknown): Extract<FromTrainer, { type: 'failure' }> {
  if (error instanceof PermanentError) {
    return { type: 'failure', code: error.code, message: error.message, permanent: true };
  }
  const said = messageOf(error);
  if (error instanceof RetryableError) return { type: 'failure', code: error.code, message: said, permanent: false };
  if (error instanceof RangeError) {
    const code = /memory|allocation/i.test(said) ? 'out-of-memory' : 'trainer-died';
    return { type: 'failure', code, message: said, permanent: false };
  }
  if (OUT_OF_DEVICE_MEMORY.test(said)) {
    const message = `${ON_DEVICE} TensorFlow says: ${inShort(said)}`;
    return { type: 'failure', code: 'out-of-memory', message, permanent: false };
  }
  return { type: 'failure', code: 'trainer-died', message: said, permanent: false };
}

const ON_DEVICE =
  'the memory of the GPU (or of the machine, where TensorFlow computes on its CPU) does not suffice: take a smaller ' +
  'batchSize, fewer WORKER_SLOTS for the worker on this GPU, or stop what else runs on it.';

/** @param said the end of a dead trainer's error output, since it last computed */
export function codeOfDeath(said: string): ErrorCode {
  return OUT_OF_HOST_MEMORY.test(said) || OUT_OF_DEVICE_MEMORY.test(said) ? 'out-of-memory' : 'trainer-died';
}

function inShort(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > QUOTED ? `${line.slice(0, QUOTED)}…` : line;
}
