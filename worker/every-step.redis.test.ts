/** A 12-step job, killed after each of its steps in turn: the bits are those of the run that never was disturbed. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId } from '../shared/jobs.ts';
import { TWELVE_STEPS } from '../shared/testing/jobs.ts';
import { type TestProcess, until } from '../shared/testing/processes.ts';
import { startYard, type Yard } from './testing/yard.ts';

const STEPS = 12;
const EPOCH_STEPS = 4;
/** Workers killed side by side: each has a trainer with the whole of MNIST in memory. */
const AT_ONCE = 4;

let yard: Yard;
let undisturbed: Awaited<ReturnType<Yard['bits']>>;

beforeAll(async () => {
  yard = await startYard();
  const worker = await yard.worker('undisturbed');
  undisturbed = await yard.bits(await yard.submit(TWELVE_STEPS));
  worker.kill('SIGTERM');
  await worker.exited;
});
afterAll(() => yard.close());

describe('a worker killed with SIGKILL', () => {
  const batches = Array.from({ length: STEPS / AT_ONCE }, (_, batch) =>
    Array.from({ length: AT_ONCE }, (_, i) => batch * AT_ONCE + i + 1),
  );

  const name = 'after step %i, %i, %i or %i of 12: another ends the job with the same bits';
  it.each(batches)(name, { timeout: 300_000 }, async (...steps) => {
    // One by one, so that each worker takes its own job: those before it are busy.
    const held: Held[] = [];
    for (const step of steps) held.push(await heldAfter(step));
    for (const { worker } of held) worker.kill('SIGKILL');
    await Promise.all(held.map(({ worker }) => worker.exited));
    const jobs = held.map(({ id }) => id);
    for (const id of jobs) await yard.lockRunsOut(id);
    const rescuer = await yard.worker('rescuer');
    for (const [i, id] of jobs.entries()) {
      expect(await yard.bits(id), `killed after step ${steps[i]}`).toEqual(undisturbed);
      const { attempts, record } = await yard.ended(id);
      expect(attempts).toMatchObject([{ outcome: 'worker-lost' }, { worker: 'rescuer', outcome: 'completed' }]);
      expect(record).toMatchObject({ failures: 0, deaths: 1 });
      expect(await resumedFrom(id)).toBe(epochsDoneBefore(steps[i] ?? 0));
    }
    rescuer.kill('SIGTERM');
    await rescuer.exited;
  });
});

interface Held {
  id: JobId;
  worker: TestProcess;
}

/** A worker takes the job and holds still after that step. */
async function heldAfter(step: number): Promise<Held> {
  const gate = join(yard.folder, `gate-${step}`);
  const worker = await yard.worker(`killed-after-${step}`, { GATE_STEP: String(step), GATE_FILE: gate });
  const id = await yard.submit(TWELVE_STEPS);
  await until(() => existsSync(gate), { what: `step ${step} is reached` });
  // The last checkpoint before the step is on its way still: killed earlier, the job would only do more again.
  const committed = async () => (await yard.store.checkpoints(id)).length >= epochsDoneBefore(step);
  await until(committed, { what: 'it is committed' });
  return { id, worker };
}

/** The step's own epoch is not over: its end is computed after the gate. */
function epochsDoneBefore(step: number): number {
  return Math.floor((step - 1) / EPOCH_STEPS);
}

/** Epochs of the checkpoint that the last attempt said it goes on from; 0 for none. */
async function resumedFrom(id: JobId): Promise<number> {
  const said = await yard.redis.xrange(`{trainyard}:job:${id}:events`, '-', '+');
  const line = said.map(([, fields]) => fields[1] ?? '').find((json) => json.includes('goes on from checkpoint'));
  return Number(/checkpoint e(\d+)-/.exec(line ?? '')?.[1] ?? 0);
}
