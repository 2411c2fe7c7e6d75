/** How a trainer tells why a job could not be done. */
import { messageOf, PermanentError, RetryableError } from '../../shared/errors.ts';
import type { EngineName } from '../../shared/jobs.ts';
import type { FromTrainer } from './protocol.ts';

/** Not glibc's "cannot allocate memory in static TLS block": a library that cannot be loaded, whatever memory there is. */
const OUT_OF_HOST_MEMORY =
  /(heap|process) out of memory|(Cannot|could not) allocate (Wasm )?memory(?! in static TLS)|bad_alloc|\bENOMEM\b/i;
/** Of TensorFlow, CUDA and its libraries. */
const OUT_OF_DEVICE_MEMORY =
  /OOM when allocating|ResourceExhausted|RESOURCE_EXHAUSTED|failed to allocate|CUDA_ERROR_OUT_OF_MEMORY|CU(DNN|BLAS|SOLVER|FFT)\w*_ALLOC_FAILED/i;
/** Of processes, threads or open files. */
const OUT_OF_OTHERS = /\bE(AGAIN|MFILE)\b|Resource temporarily unavailable/i;
const QUOTED = 300;

type Failure = Extract<FromTrainer, { type: 'failure' }>;

export interface Death {
  how: string;
  said: string;
  opening: EngineName | null;
}

/** Anything that is not known to be permanent may be the machine's fault, and another attempt may fare better. */
export function failure(error: unknown): Failure {
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

/** What a worker makes of what `failure` told. */
export function errorOf({ code, message, permanent }: Failure): PermanentError | RetryableError {
  return permanent ? new PermanentError(code, message) : new RetryableError(code, message);
}

/** What passes, and says nothing of the engine; null if nothing was short. */
function shortage(said: string): 'out-of-memory' | 'trainer-died' | null {
  if (OUT_OF_HOST_MEMORY.test(said) || OUT_OF_DEVICE_MEMORY.test(said)) return 'out-of-memory';
  return OUT_OF_OTHERS.test(said) ? 'trainer-died' : null;
}

/** Another machine may have what the engine lacks here; what is short, this one may have again. */
export function notOpened(engine: EngineName, error: unknown): RetryableError {
  const { code, message } = failure(error);
  const short = code === 'out-of-memory' ? code : shortage(message);
  return short ? new RetryableError(short, message) : unavailable(engine, message);
}

function unavailable(engine: EngineName, why: string): RetryableError {
  return new RetryableError('engine-unavailable', `the engine ${engine} cannot be used here: ${why}`);
}

const ON_DEVICE =
  'the memory of the GPU (or of the machine, where TensorFlow computes on its CPU) does not suffice: take a smaller ' +
  'batchSize, fewer WORKER_SLOTS for the worker on this GPU, or stop what else runs on it.';

/**
 * How a trainer that died fails what it was doing.
 * @param said the end of its error output, since it last computed
 * @param opening the engine that it was opening: a library that is broken, or made for another machine, may end the
 * process instead of telling
 */
export function death({ how, said, opening }: Death): RetryableError {
  const message = `the trainer process died: ${how}${said ? `; it said: ${said}` : ''}`;
  const short = shortage(said);
  if (short) return new RetryableError(short, OUT_OF_DEVICE_MEMORY.test(said) ? `${ON_DEVICE} ${message}` : message);
  const isByItself = !how.includes('SIGKILL');
  return opening && isByItself ? unavailable(opening, message) : new RetryableError('trainer-died', message);
}

function inShort(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > QUOTED ? `${line.slice(0, QUOTED)}…` : line;
}
