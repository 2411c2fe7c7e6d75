/** Nothing is lost when workers die, sleep or are cut off: real processes, really killed, on a real Redis. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from '../../shared/event-stream.ts';
import type { JobEvent } from '../../shared/events.ts';
import type { JobId } from '../../shared/jobs.ts';
import { TWELVE_STEPS } from '../../shared/testing/jobs.ts';
import { until } from '../../shared/testing/processes.ts';
import { expectWithin } from '../../shared/testing/within.ts';
import { isEpoch, isStep, SOME_SECONDS, undisturbed } from '../testing/disturbed.ts';
import { SHORT_LOCK, SHORT_LOCK_MS, STALLED_MS, startYard, type Yard } from '../testing/yard.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await startYard();
});
afterEach(() => yard.close());

describe('a worker', () => {
  it('killed in mid-epoch: another goes on from the last checkpoint, soon, and the bits are the same', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    await expectWithin(SHORT_LOCK_MS + STALLED_MS + 2000, async () => {
      // It alone is there when the job comes, and at it still when the other one is.
      const victim = await yard.worker('victim', { ...SHORT_LOCK, STEP_MS: '20' });
      const id = await yard.submit(SOME_SECONDS);
      await yard.event(id, isStep);
      const survivor = await yard.worker('survivor');
      await yard.event(id, (event): event is JobEvent => isStep(event) && event.epoch === 2);
      const killedAt = Date.now();
      victim.kill('SIGKILL');

      const resumed = await yard.event(id, (event): event is JobEvent => event.type === 'state' && event.attempt === 2);
      expect(await yard.bits(id)).toEqual(expected);
      const { record, attempts } = await yard.ended(id);
      expect(record).toMatchObject({ failures: 0, deaths: 1, progress: { percentage: 100 } });
      expect(attempts).toMatchObject([
        { worker: 'victim', outcome: 'worker-lost' },
        { worker: 'survivor', outcome: 'completed' },
      ]);
      const epochs = (await readEvents(yard.redis, id)).filter(({ event }) => event.type === 'epoch');
      expect(epochs).toHaveLength(SOME_SECONDS.epochs);
      survivor.kill('SIGTERM');
      await survivor.exited;
      return Date.parse(resumed.at) - killedAt;
    });
  });

  it('stopped past its lock and continued writes nothing that counts', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const sleeper = await yard.worker('sleeper', SHORT_LOCK);
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(1));
    sleeper.kill('SIGSTOP');
    await yard.worker('rescuer');
    expect(await yard.bits(id)).toEqual(expected);
    const before = await everythingOf(id);

    // The sleeper still has its trainer's messages, a checkpoint among them, to work through.
    sleeper.kill('SIGCONT');
    await until(() => sleeper.output().includes('the lock is lost'), {
      what: 'the sleeper sees that its lock is lost',
    });
    const next = await yard.submit(TWELVE_STEPS);
    await yard.bits(next);
    expect(await everythingOf(id)).toEqual(before);
  });

  it('cut off from Redis for longer than its lock stops its trainer by itself, and goes on afterwards', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const worker = await yard.worker('cut-off', SHORT_LOCK);
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(1));
    process.kill(yard.server.pid, 'SIGSTOP');
    try {
      await until(() => worker.output().includes('the lock was not seen renewed'), {
        what: 'the worker stops the run',
      });
    } finally {
      process.kill(yard.server.pid, 'SIGCONT');
    }
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(0);
  });
});

/** All that Redis holds of a job in its record. */
async function everythingOf(id: JobId) {
  return {
    job: await yard.store.get(id),
    rows: await yard.store.epochRows(id),
    checkpoints: await yard.store.checkpoints(id),
    events: (await readEvents(yard.redis, id)).length,
  };
}
