/**
 * A trainer without an engine, for tests of what is done with the process: with each job it says that memory does not
 * suffice, and after its checkpoint it goes on computing for ever. With UNREADY set, it cannot get ready for that reason.
 */
import { processChannel } from '../trainer/channel.ts';
import type { Checkpoint } from '../training/run.ts';

const { UNREADY } = process.env;
const { send, onMessage } = processChannel();

onMessage(({ type }) => {
  switch (type) {
    case 'warm':
      if (UNREADY === undefined) send({ type: 'ready' });
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
