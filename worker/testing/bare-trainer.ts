/**
 * A trainer without an engine, for tests of what is done with the process: with each job it says that memory does not
 * suffice, and after its checkpoint it goes on computing for ever. With UNREADY_FILE set, it cannot get ready while there
 * is that file, which holds the code of its failure, and may hold the process id of the one that fails: any other then
 * waits until the file changes. With HANGS set, it opens its engine, and then neither gets ready nor fails.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { ErrorCode } from '../../shared/errors.ts';
import { processChannel } from '../trainer/channel.ts';
import type { Checkpoint } from '../training/run.ts';

const { UNREADY_FILE, HANGS } = process.env;
const CPU = { name: 'CPU', memoryBytes: null, driver: null, cuda: null };
const { send, onMessage } = processChannel();

onMessage(({ type }) => {
  switch (type) {
    case 'warm':
      if (HANGS !== undefined) {
        send({ type: 'opening', engine: 'simd' });
        send({ type: 'device', device: { type: 'cpu', hardware: CPU } });
      } else getReady();
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

function getReady(): void {
  if (UNREADY_FILE === undefined || !existsSync(UNREADY_FILE)) {
    send({ type: 'ready' });
    return;
  }
  const [code, pid] = readFileSync(UNREADY_FILE, 'utf8').split(' ');
  if (pid !== undefined && Number(pid) !== process.pid) setTimeout(getReady, 5);
  else send({ type: 'failure', code: code as ErrorCode, message: `no luck: ${code}`, permanent: false });
}
