/**
 * A trainer without an engine, for tests of what is done with the process: with each job it says that memory does not
 * suffice, and after its checkpoint it goes on computing for ever. With UNREADY set, it cannot get ready for that reason;
 * with ONE_READY set, it can if there is no such folder, which it makes, and lacks its engine otherwise; with HANGS set,
 * it opens its engine, and then neither gets ready nor fails.
 */
import { mkdirSync } from 'node:fs';
import { processChannel } from '../trainer/channel.ts';
import type { Checkpoint } from '../training/run.ts';

const { UNREADY, ONE_READY, HANGS } = process.env;
const CPU = { name: 'CPU', memoryBytes: null, driver: null, cuda: null };
const { send, onMessage } = processChannel();

onMessage(({ type }) => {
  switch (type) {
    case 'warm':
      if (HANGS !== undefined) {
        send({ type: 'opening', engine: 'simd' });
        send({ type: 'device', device: { type: 'cpu', hardware: CPU } });
      } else if (ONE_READY !== undefined && !isFirst(ONE_READY)) {
        send({ type: 'failure', code: 'engine-unavailable', message: 'no GPU', permanent: false });
      } else if (UNREADY === undefined) send({ type: 'ready' });
      else send({ type: 'failure', code: 'dataset-unavailable', message: UNREADY, permanent: false });
      break;
    case 'start':
      process.stderr.write('CUDA_ERROR_OUT_OF_MEMORY: out of memory', () =>
        send({ type: 'checkpoint', checkpoint: {} as Checkpoint }),
      );
      break;
    case 'saved':
      setInterval(() => send({ type: 'beat' }), 1);
  }
});

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
