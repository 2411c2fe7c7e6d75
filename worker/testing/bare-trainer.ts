/**
 * A trainer without an engine, for tests of what is done with the process: with each job it says that memory does not
 * suffice, and after its checkpoint it goes on computing for ever. With UNREADY_FILE set, it cannot get ready while there
 * is that file, which holds the code of its failure, and may hold the process id of the one that fails: any other then
 * waits until the file changes. With HANGS set, it opens its engine, and then neither gets ready nor fails.
 */
import { readFileSync } from 'node:fs';
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
  const fault = readFault();
  if (fault === null) {
    send({ type: 'ready' });
    return;
  }
  const [code, pid] = fault.split(' ');
  if (pid !== undefined && Number(pid) !== process.pid) setTimeout(getReady, 5);
  else send({ type: 'failure', code: code as ErrorCode, message: `no luck: ${code}`, permanent: false });
}

/** Null if there is no such file, which a test may take away at any moment. */
function readFault(): string | null {
  if (UNREADY_FILE === undefined) return null;
  try {
    return readFileSync(UNREADY_FILE, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
