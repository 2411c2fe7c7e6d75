/** What tests of disturbed runs share: the run, the moments to disturb it at, and what it must come to all the same. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobEvent } from '../../shared/events.ts';
import { liveWorkers } from '../../shared/workers.ts';
import { AT_FULL_SPEED, type Yard } from './yard.ts';

/** Three seconds of training by a worker of the yard: long enough to be disturbed in the middle, with a checkpoint every half second or so. */
export const SOME_SECONDS = { trainSize: 1600, validationSize: 500, epochs: 8, batchSize: 16, seed: 7 } as const;

export const isStep = (event: JobEvent): event is Extract<JobEvent, { type: 'step' }> => event.type === 'step';
export const isEpoch =
  (epoch: number) =>
  (event: JobEvent): event is Extract<JobEvent, { type: 'epoch' }> =>
    event.type === 'epoch' && event.epoch >= epoch;
export const isCheckpoint = (event: JobEvent): event is Extract<JobEvent, { type: 'checkpoint' }> =>
  event.type === 'checkpoint';

const known = new Map<unknown, Awaited<ReturnType<Yard['bits']>>>();

/** The bits of a run with nobody in its way, by a worker of its own. */
export async function undisturbed(yard: Yard, spec: Parameters<Yard['submit']>[0]) {
  const before = known.get(spec);
  if (before) return before;
  const worker = await yard.worker('undisturbed', AT_FULL_SPEED);
  const bits = await yard.bits(await yard.submit(spec));
  worker.kill('SIGTERM');
  await worker.exited;
  known.set(spec, bits);
  return bits;
}

/** The one trainer of the only worker that lives. */
export async function trainerPid(yard: Yard): Promise<number> {
  const [worker] = await liveWorkers(yard.redis);
  const [pid] = worker?.trainers ?? [];
  if (pid === undefined) throw new Error('no worker has a trainer');
  return pid;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** For the next trainer that reads them. @returns their folder */
export function spoilImages(yard: Yard): string {
  const images = join(yard.folder, 'datasets', 'mnist');
  mkdirSync(images, { recursive: true });
  writeFileSync(join(images, 'train-images-idx3-ubyte'), 'no images');
  return images;
}
