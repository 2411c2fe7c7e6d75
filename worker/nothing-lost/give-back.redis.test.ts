/** Nothing is lost when workers are told to stop. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobEvent } from '../../shared/events.ts';
import { FAILURE_BUDGET } from '../../shared/jobs.ts';
import { isStep, SOME_SECONDS, undisturbed } from '../testing/disturbed.ts';
import { startYard, type Yard } from '../testing/yard.ts';

/** More than a job may fail. */
const STOPS = FAILURE_BUDGET + 1;
/** At it the job takes longer than so many workers need to begin and to stop, one after the other. */
const STEP_MS = '20';

let yard: Yard;
beforeEach(async () => {
  yard = await startYard();
});
afterEach(() => yard.close());

it('a worker told to stop time and again over one job: each time it saves the step it is at, gives back, and changes nothing', async () => {
  const expected = await undisturbed(yard, SOME_SECONDS);
  const id = await yard.submit(SOME_SECONDS);
  const stopsMs: number[] = [];
  for (let attempt = 1; attempt <= STOPS; attempt += 1) {
    const worker = await yard.worker(`stopped-${attempt}`, { STEP_MS });
    await yard.event(id, (event): event is JobEvent => isStep(event) && event.attempt === attempt);
    const stoppedAt = Date.now();
    worker.kill('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    stopsMs.push(Date.now() - stoppedAt);

    const { record } = (await yard.store.get(id)) ?? {};
    expect(record).toMatchObject({ state: 'waiting', failures: 0, deaths: 0, attempt });
    const [last] = await yard.store.checkpoints(id);
    expect(last).toMatchObject({ name: record?.checkpoint, attempt });
  }
  expect(Math.min(...stopsMs)).toBeLessThan(10_000);
  const steps = (await yard.store.checkpoints(id)).map(({ cursor }) => cursor.step);
  expect(Math.max(...steps), 'in mid-epoch').toBeGreaterThan(0);
  await yard.worker('last');
  expect(await yard.bits(id)).toEqual(expected);
  expect((await yard.ended(id)).attempts.map(({ outcome }) => outcome)).toEqual([
    ...Array(STOPS).fill('given-back'),
    'completed',
  ]);
});
