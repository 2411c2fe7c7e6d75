/** Every half-done state that the reconciler knows, made for real, and what becomes of it. */
import { UnrecoverableError } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobId } from '../shared/jobs.ts';
import { keys } from '../shared/keys.ts';
import { newJob } from '../shared/testing/jobs.ts';
import { until } from '../shared/testing/processes.ts';
import { createReconciler } from './reconciler.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { createFakeWorker, type FakeWorker } from './testing/fake-worker.ts';
import { createMending } from './testing/mending.ts';

/** Short, so that tests need not wait. */
const GRACE_MS = 150;

let api: TestApiWithRedis;
let worker: FakeWorker;

beforeAll(async () => {
  api = await startTestApiWithRedis();
  worker = createFakeWorker(api.server.url);
});
afterAll(async () => {
  await worker.close();
  await api.close();
});
beforeEach(async () => {
  await api.redis.flushall();
});

const newReconciler = (graceMs = GRACE_MS) => createReconciler({ ...api, graceMs, cleanEveryMs: 0 });
const { mended, leftAlone } = createMending(() => newReconciler(), GRACE_MS);
const everythingOf = async (id: string) => [await api.redis.hgetall(keys.job(id)), await halfOf(id)];
const queue = () => api.queues['train-cpu'];
const submit = async (): Promise<JobId> => (await api.submit()).body.id;
const stateOf = async (id: string) => (await api.get(`/v1/jobs/${id}`)).body.state;
const halfOf = async (id: string) => queue().getJobState(id);

describe('a waiting job', () => {
  it('whose submit died after the record is added', async () => {
    const job = newJob();
    await api.store.create(job);
    expect(await halfOf(job.id)).toBe('unknown');
    await mended('it is queued', async () => (await halfOf(job.id)) === 'prioritized');
    expect((await queue().getJob(job.id))?.data.jobId).toBe(job.id);
    expect((await api.get(`/v1/jobs/${job.id}`)).body).toMatchObject({ state: 'waiting', position: 1 });
  });

  it('whose BullMQ half was removed by hand is added again', async () => {
    const id = await submit();
    await (await queue().getJob(id))?.remove();
    await mended('it is queued', async () => (await halfOf(id)) === 'prioritized');
  });

  it('whose retry died before BullMQ heard of it is added anew, with fresh attempts', async () => {
    const id = await submit();
    const { attempt, queued, token } = await worker.take();
    await attempt.fail('loss-not-finite', 'NaN', true);
    await queued.moveToFailed(new UnrecoverableError('NaN'), token, false);
    await api.store.retry(id);
    expect(await halfOf(id)).toBe('failed');
    await mended('it is queued', async () => (await halfOf(id)) === 'prioritized');
    expect((await queue().getJob(id))?.attemptsMade).toBe(0);
  });

  it('whose hash is in none of BullMQ’s lists is added anew', async () => {
    const id = await submit();
    await api.redis.zrem(queue().toKey('prioritized'), id);
    await mended('it is queued', async () => (await halfOf(id)) === 'prioritized');
  });

  it('is not touched before the grace is over, nor when all is well', async () => {
    const id = await submit();
    await leftAlone(() => everythingOf(id));
    await (await queue().getJob(id))?.remove();
    const patient = newReconciler(60_000);
    for (let i = 0; i < 5; i += 1) expect(await patient.sweep()).toBe(true);
    await patient.stop();
    expect(await halfOf(id)).toBe('unknown');
  });

  it('is found among thousands', async () => {
    const jobs = Array.from({ length: 2500 }, () => newJob());
    for (let i = 0; i < jobs.length; i += 50) {
      await Promise.all(jobs.slice(i, i + 50).map((job) => api.control.submit(job)));
    }
    const lost = [jobs[0], jobs[1300], jobs[2499]].map((job) => job?.id as JobId);
    for (const id of lost) await (await queue().getJob(id))?.remove();
    await mended('all three are queued', async () => {
      const halves = await Promise.all(lost.map(halfOf));
      return halves.every((half) => half === 'prioritized');
    });
    expect(await queue().getPrioritizedCount()).toBe(2500);
  });
});

describe('a delayed job', () => {
  async function delayedJob({ dueInMs }: { dueInMs: number }) {
    const id = await submit();
    const taken = await worker.take();
    await taken.attempt.fail('trainer-died', 'killed', false);
    await api.redis.hset(keys.job(id), 'delayedUntil', Date.now() + dueInMs);
    return { ...taken, id };
  }

  it('that is due waits, in both halves, also where no worker is there to see to it', async () => {
    const { id, queued, token } = await delayedJob({ dueInMs: -1 });
    await queued.moveToDelayed(Date.now() + 60_000, token);
    await mended('it waits', async () => (await halfOf(id)) === 'prioritized');
    expect((await api.get(`/v1/jobs/${id}`)).body).toMatchObject({ state: 'waiting', delayedUntil: null, position: 1 });
  });

  it('that is due and has no half in BullMQ is added', async () => {
    const { id, queued, token } = await delayedJob({ dueInMs: -1 });
    await queued.moveToFailed(new UnrecoverableError('killed'), token, false);
    await (await queue().getJob(id))?.remove();
    await mended('it is queued', async () => (await halfOf(id)) === 'prioritized');
  });

  it('that is not due yet is left alone', async () => {
    const { id, queued, token } = await delayedJob({ dueInMs: 60_000 });
    await queued.moveToDelayed(Date.now() + 60_000, token);
    await leftAlone(() => everythingOf(id));
  });
});

describe('an active job', () => {
  it('whose worker is gone waits again', async () => {
    const id = await submit();
    await worker.diesWith(await worker.take());
    expect(await stateOf(id)).toBe('active');
    await mended('it waits', async () => (await stateOf(id)) === 'waiting');
    const { attempts, failures } = (await api.get(`/v1/jobs/${id}`)).body;
    expect([attempts[0].outcome, failures]).toEqual(['worker-lost', 0]);
    // BullMQ's own check for stalled jobs puts its half back, with its log lines, as soon as a worker is there
    expect(await halfOf(id)).toBe('active');
    await leftAlone(() => everythingOf(id));
  });

  it('whose worker lives is left alone, however long it takes', async () => {
    const id = await submit();
    await worker.take();
    await leftAlone(() => everythingOf(id));
  });

  it('whose cancellation was asked for is cancelled when its worker is gone, and leaves BullMQ', async () => {
    const id = await submit();
    await worker.diesWith(await worker.take());
    await api.post(`/v1/jobs/${id}/cancel`);
    await mended(
      'it is cancelled',
      async () => (await stateOf(id)) === 'cancelled' && (await halfOf(id)) === 'unknown',
    );
  });

  it('is failed with its tenth dead worker', async () => {
    const id = await submit();
    await worker.diesWith(await worker.take());
    await api.redis.hset(keys.job(id), 'deaths', 9);
    await mended('it has failed', async () => (await stateOf(id)) === 'failed' && (await halfOf(id)) === 'unknown');
    expect((await api.get(`/v1/jobs/${id}`)).body.error.code).toBe('worker-lost');
  });

  it('that BullMQ gave up, while its record went on, is given another try', async () => {
    const id = await submit();
    const { queued, token } = await worker.take();
    await queued.moveToFailed(new UnrecoverableError('job stalled more than allowable limit'), token, false);
    await mended('it is queued', async () => (await stateOf(id)) === 'waiting' && (await halfOf(id)) === 'prioritized');
  });
});

describe('a half in BullMQ', () => {
  it('whose record has ended is removed', async () => {
    const id = await submit();
    await api.store.cancel(id);
    expect(await halfOf(id)).toBe('prioritized');
    await mended('it is gone', async () => (await halfOf(id)) === 'unknown');
    expect(await stateOf(id)).toBe('cancelled');
  });

  it('without a record is removed, whatever state it is in', async () => {
    const [ended, waiting] = [await submit(), await submit()];
    const { queued, token } = await worker.take();
    await queued.moveToFailed(new UnrecoverableError('NaN'), token, false);
    await queue().add('a stranger', { jobId: 'stranger' as JobId, name: null, tags: [], spec: {} }, { delay: 60_000 });
    await api.redis.del(keys.job(ended), keys.job(waiting));
    await mended('all are gone', async () => {
      const counts = await queue().getJobCounts();
      return Object.values(counts).every((count) => count === 0);
    });
  });
});

describe('retention', () => {
  it('deletes what ended more than 30 days ago, wholly, and nothing else', async () => {
    const [old, recent, waiting] = [await submit(), await submit(), await submit()];
    for (const id of [old, recent]) await api.post(`/v1/jobs/${id}/cancel`);
    await api.redis.zadd(keys.ended, Date.now() - 30 * 24 * 3600_000 - 1000, old);
    await api.redis.zadd(keys.ended, Date.now() - 29 * 24 * 3600_000, recent);
    await mended('the old one is gone', async () => (await api.get(`/v1/jobs/${old}`)).status === 404);
    expect(await api.redis.keys(`*${old}*`)).toEqual([]);
    expect(await Promise.all([recent, waiting].map(stateOf))).toEqual(['cancelled', 'waiting']);
  });

  it('is also over for those that are beyond the newest so many', async () => {
    const ids = [await submit(), await submit(), await submit()];
    for (const [i, id] of ids.entries()) {
      await api.post(`/v1/jobs/${id}/cancel`);
      await api.redis.zadd(keys.ended, Date.now() + i, id);
    }
    expect(await api.store.expired(0, 3)).toEqual([]);
    expect(await api.store.expired(0, 1)).toEqual(ids.slice(0, 2));
  });
});

describe('of several reconcilers', () => {
  it('one at a time sweeps, and another takes over when it stops or dies', async () => {
    const [one, two] = [newReconciler(), newReconciler()];
    expect([await one.sweep(), await two.sweep(), await one.sweep()]).toEqual([true, false, true]);
    await one.stop();
    expect([await two.sweep(), await newReconciler().sweep()]).toEqual([true, false]);
    // the second dies: its lease runs out
    expect(await api.redis.pttl(keys.reconciler)).toBeGreaterThan(0);
    await api.redis.pexpire(keys.reconciler, 1);
    const third = newReconciler();
    await until(() => third.sweep(), { what: 'the third has its turn' });
    await two.stop();
    expect(await api.redis.exists(keys.reconciler)).toBe(1);
    await third.stop();
  });

  it('each goes on after Redis was away', async () => {
    const reconciler = createReconciler({ ...api, everyMs: 20, graceMs: GRACE_MS });
    reconciler.start();
    const id = await submit();
    await until(async () => /aof_pending_bio_fsync:0/.test(await api.redis.info('persistence')), { what: 'synced' });
    await api.server.kill();
    await api.server.restart();
    await until(() => api.redis.status === 'ready', { what: 'the connection is back' });
    await (await queue().getJob(id))?.remove();
    await until(async () => (await halfOf(id)) === 'prioritized', { what: 'it is queued again' });
    await reconciler.stop();
  });
});
