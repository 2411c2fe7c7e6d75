/** What a worker writes into a job record, against a real Redis: moves, fencing, failures. */
import { describe, expect, it } from 'vitest';
import { beginAttempt } from './attempt-record.ts';
import { LockLost } from './errors.ts';
import { readEvents } from './event-stream.ts';
import { DEAD_WORKER_BUDGET, NO_ENGINE_BUDGET } from './jobs.ts';
import { keys } from './keys.ts';
import { newJob } from './testing/jobs.ts';
import { lastStep, progress, result, row, useRecords } from './testing/records.ts';

const records = useRecords();
const { lockFor, take, submitted, stateOf } = records;

describe('an attempt', () => {
  it('goes from waiting over active to completed, and each move is in the event stream once', async () => {
    const job = await submitted();
    const attempt = await take(job);
    await attempt.epoch(row, lastStep, progress);
    await attempt.complete(result);

    const { record, attempts } = (await records.store.get(job.id)) ?? {};
    expect(record).toMatchObject({ state: 'completed', attempt: 1, result, worker: null, latest: lastStep, progress });
    expect(attempts).toMatchObject([{ attempt: 1, worker: 'worker-1', outcome: 'completed' }]);
    const events = (await readEvents(records.redis, job.id)).map(({ event }) => event);
    expect(events.map((event) => (event.type === 'state' ? event.state : event.type))).toEqual([
      'waiting',
      'active',
      'epoch',
      'completed',
    ]);
    expect(await records.redis.ttl(keys.events(job.id))).toBeGreaterThan(6 * 24 * 3600);
  });

  it('keeps each epoch once, however often it is run', async () => {
    const job = await submitted();
    const attempt = await take(job);
    await attempt.epoch(row, lastStep, progress);
    await attempt.epoch({ ...row, seconds: 99 }, lastStep, progress);
    expect(await records.store.epochRows(job.id)).toEqual([row]);
    expect((await records.store.get(job.id))?.record.latestEpoch).toEqual(row);
    const second = { ...row, epoch: 2 };
    await attempt.epoch(second, lastStep, progress);
    await attempt.epoch(row, lastStep, progress);
    expect((await records.store.get(job.id))?.record.latestEpoch).toEqual(second);
    const epochs = (await readEvents(records.redis, job.id)).filter(({ event }) => event.type === 'epoch');
    expect(epochs).toHaveLength(2);
  });

  it('cannot write once its lock is another worker’s, nor once another attempt has begun under its own token', async () => {
    const job = await submitted();
    const first = await take(job, 'same-token');
    await lockFor(job, 'other-token');
    await expect(first.epoch(row, lastStep, progress)).rejects.toThrow(LockLost);

    await take(job, 'same-token');
    await expect(first.complete(result)).rejects.toThrow(LockLost);
    await expect(first.giveBack('late')).rejects.toThrow(LockLost);
    await expect(first.fail('trainer-died', 'late', false)).rejects.toThrow(LockLost);
    await expect(first.cancelled()).rejects.toThrow(LockLost);
    expect(await records.store.epochRows(job.id)).toEqual([]);
    expect((await records.store.get(job.id))?.record).toMatchObject({
      state: 'active',
      attempt: 2,
      failures: 0,
      deaths: 1,
    });
  });

  it('does not begin without the lock, without a record, or on a job that has ended', async () => {
    const job = await submitted();
    await lockFor(job, 'another');
    const mine = { id: job.id, queue: job.queue, token: 'mine', worker: 'worker-1' };
    await expect(beginAttempt(records.redis, mine)).rejects.toThrow(LockLost);
    expect(await beginAttempt(records.redis, { ...mine, id: newJob().id })).toEqual({ outcome: 'missing' });
    await records.store.cancel(job.id);
    await lockFor(job, 'mine');
    expect(await beginAttempt(records.redis, mine)).toEqual({ outcome: 'ended', state: 'cancelled' });
  });
});

describe('failures', () => {
  it('back off by 5 and 10 seconds, and the third ends the job', async () => {
    const job = await submitted();
    for (const [failures, delay] of [
      [1, 5000],
      [2, 10_000],
    ] as const) {
      const before = Date.now();
      expect(await (await take(job)).fail('trainer-died', 'killed', false)).toBe('delayed');
      const { record } = (await records.store.get(job.id)) ?? {};
      expect(record).toMatchObject({ state: 'delayed', failures });
      expect((record?.delayedUntil ?? 0) - before).toBeGreaterThanOrEqual(delay);
      expect((record?.delayedUntil ?? 0) - before).toBeLessThan(delay + 2000);
    }
    expect(await (await take(job)).fail('trainer-died', 'killed', false)).toBe('failed');
    expect((await records.store.get(job.id))?.record).toMatchObject({
      state: 'failed',
      error: { code: 'trainer-died', message: 'killed' },
    });
  });

  it('end the job at once when permanent', async () => {
    const job = await submitted();
    expect(await (await take(job)).fail('loss-not-finite', 'step 3', true)).toBe('failed');
    expect(await stateOf(job)).toBe('failed');
  });

  it('are not spent by give-backs, however many', async () => {
    const job = await submitted();
    for (let i = 0; i < 12; i += 1) await (await take(job)).giveBack('SIGTERM');
    expect((await records.store.get(job.id))?.record).toMatchObject({
      state: 'waiting',
      failures: 0,
      deaths: 0,
      attempt: 12,
    });
  });

  it('are not spent by give-backs for want of the engine, but the tenth ends the job, and a retry counts anew', async () => {
    const job = await submitted();
    const lack = async () => (await take(job)).giveBackWithoutEngine('killed by SIGSEGV');
    for (let time = 1; time < NO_ENGINE_BUDGET; time += 1) expect(await lack()).toBe('waiting');
    await (await take(job)).giveBack('SIGTERM');
    expect((await records.store.get(job.id))?.record).toMatchObject({ failures: 0, withoutEngine: 9 });
    expect(await lack()).toBe('failed');
    expect((await records.store.get(job.id))?.record).toMatchObject({
      ...{ state: 'failed', failures: 0, withoutEngine: 10 },
      error: {
        code: 'engine-unavailable',
        message: 'no worker could have its engine in 10 attempts; the latest: killed by SIGSEGV',
      },
    });
    await records.store.retry(job.id);
    expect(await lack()).toBe('waiting');
  });

  it('are not spent by dead workers, but the tenth ends the job', async () => {
    const job = await submitted();
    for (let death = 1; death < DEAD_WORKER_BUDGET; death += 1) await take(job, `token-${death}`);
    await take(job, 'last');
    expect((await records.store.get(job.id))?.record).toMatchObject({ state: 'active', failures: 0, deaths: 9 });
    await lockFor(job, 'after');
    expect(await beginAttempt(records.redis, { id: job.id, queue: job.queue, token: 'after', worker: 'w' })).toEqual({
      outcome: 'ended',
      state: 'failed',
    });
    const { record, attempts } = (await records.store.get(job.id)) ?? {};
    expect(record).toMatchObject({ deaths: 10, error: { code: 'worker-lost' } });
    expect(attempts?.every(({ outcome }) => outcome === 'worker-lost')).toBe(true);
  });
});
