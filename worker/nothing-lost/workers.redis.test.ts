/** Nothing is lost when workers die, sleep or are cut off: real processes, really killed, on a real Redis. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from '../../shared/event-stream.ts';
import type { JobEvent } from '../../shared/events.ts';
import type { JobId } from '../../shared/jobs.ts';
import { TWELVE_STEPS } from '../../shared/testing/jobs.ts';
import { until } from '../../shared/testing/processes.ts';
import { isEpoch, SOME_SECONDS, undisturbed } from '../testing/disturbed.ts';
import { LOCK_MS, STALLED_MS, startYard, type Yard } from '../testing/yard.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await startYard();
});
afterEach(() => yard.close());

describe('a worker', () => {
  it('killed in mid-epoch: another goes on from the last checkpoint, soon, and the bits are the same', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const workers = await Promise.all(['one', 'another'].map((name) => yard.worker(name)));
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(2));
    const { worker: victim } = (await yard.store.get(id))?.record ?? {};
    const killedAt = Date.now();
    workers[victim === 'one' ? 0 : 1]?.kill('SIGKILL');

    const resumed = await yard.event(id, (event): event is JobEvent => event.type === 'state' && event.attempt === 2);
    expect(Date.parse(resumed.at) - killedAt).toBeLessThan(LOCK_MS + STALLED_MS + 2000);
    expect(await yard.bits(id)).toEqual(expected);
    const { record, attempts } = await yard.ended(id);
    expect(record).toMatchObject({ failures: 0, deaths: 1, progress: { percentage: 100 } });
    expect(attempts).toMatchObject([
      { worker: victim, outcome: 'worker-lost' },
      { worker: victim === 'one' ? 'another' : 'one', outcome: 'completed' },
    ]);
    const epochs = (await readEvents(yard.redis, id)).filter(({ event }) => event.type === 'epoch');
    expect(epochs).toHaveLength(SOME_SECONDS.epochs);
  });

  it('stopped past its lock and continued writes nothing that counts', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const sleeper = await yard.worker('sleeper');
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
    const worker = await yard.worker('cut-off');
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
