/** The trainer's IPC channel to the worker that forked it. */
import type { ToTrainer } from './protocol.ts';
import type { Channel } from './run-trainer.ts';

/**
 * Signals meant for a whole process group are the worker's to answer: it tells its trainers what to do, and
 * without it there is nobody to train for.
 */
export function processChannel(): Channel {
  if (!process.send) throw new Error('a trainer is started by a worker, not by hand: use `npm run worker`');
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.on('disconnect', () => process.exit(0));
  return {
    send: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', (message) => listener(message as ToTrainer)),
  };
}
