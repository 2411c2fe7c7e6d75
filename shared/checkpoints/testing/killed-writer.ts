/** A writer that is killed while it puts checkpoints, as a worker may be at any moment. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CheckpointName } from '../name.ts';

const script = fileURLToPath(new URL('put-until-killed.js', import.meta.url));

/** Kills it as it begins its nth put; resolves with what it had put by then, once it is dead. */
export async function putUntilKilled(url: string, firstEpoch: number, nth: number): Promise<CheckpointName[]> {
  const done: CheckpointName[] = [];
  const writer = fork(script, [url, String(firstEpoch)]);
  await new Promise<void>((resolve, reject) => {
    let begun = 0;
    writer.on('message', (message: { begins?: CheckpointName; done?: CheckpointName }) => {
      if (message.done) done.push(message.done);
      if (message.begins && ++begun === nth) resolve();
    });
    writer.once('exit', (code) => reject(new Error(`the writer ended by itself with ${code}`)));
  });
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  return done;
}
