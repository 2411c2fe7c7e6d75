/** What the API asks and changes of a job record, against a real Redis: cancel, retry, remove, lists. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { beginAttempt } from './attempt-record.ts';
import { readEntriesAfter, STREAM_START } from './event-stream.ts';
import { createJobStore, type JobStore } from './job-store.ts';
import { EvalSpec, JobId } from './jobs.ts';
import { keys } from './keys.ts';
import { connectForApi } from './redis.ts';
import { newJob } from './testing/jobs.ts';
import { lastStep, progress, result, row, useRecords } from './testing/records.ts';

const records = useRecords();
const { lockFor, take, submitted, stateOf } = records;

it('a job that is created is told as it lies there', async () => {
  const train = newJob({ name: 'first', tags: ['a', 'b'], priority: 3 });
  const created = await records.store.create(train);
  expect(created).toEqual(await records.store.get(train.id));
  const spec = EvalSpec.parse({ checkpoint: { jobId: train.id, epoch: 'last' }, dataset: 'mnist', engine: 'simd' });
  const { id, name, tags, priority } = newJob();
  const evaluation = { id, name, tags, priority, kind: 'eval', queue: 'eval', spec, checkpoint: null } as const;
  expect(await records.store.create({ ...evaluation, tags })).toEqual(await records.store.get(id));
  expect(await records.store.create(train)).toBe('exists');
});

describe('cancel, retry, remove', () => {
  it('cancels a waiting job at once and an active one through its worker', async () => {
    const waiting = await submitted();
    expect(await records.store.cancel(waiting.id)).toEqual({ state: 'cancelled', hasChanged: true });
    expect(await records.store.cancel(waiting.id)).toEqual({ state: 'cancelled', hasChanged: false });

    const active = await submitted();
    const attempt = await take(active);
    expect(await attempt.beat()).toEqual({ cancelRequested: false });
    expect(await records.store.cancel(active.id)).toEqual({ state: 'active', hasChanged: true });
    expect(await attempt.beat()).toEqual({ cancelRequested: true });
    await attempt.cancelled();
    expect(await stateOf(active)).toBe('cancelled');
  });

  it('knows a cancellation again that was sent twice, as its answer was lost', async () => {
    const waiting = await submitted();
    const active = await submitted();
    await take(active);
    await records.store.cancel((await submitted()).id);
    let losesAnswer = false;
    const { host = '127.0.0.1', port = 0 } = records.redis.options;
    const proxy = createServer((client) => {
      const server = connect(port, host);
      client.on('error', () => {}).pipe(server);
      server.on('data', (answer) => {
        if (losesAnswer) client.destroy();
        else client.write(answer);
        losesAnswer = false;
      });
      client.on('close', () => server.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const redis = connectForApi(`redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    try {
      await once(redis, 'ready');
      for (const [{ id }, state] of [
        [waiting, 'cancelled'],
        [active, 'active'],
      ] as const) {
        losesAnswer = true;
        const again = once(redis, 'ready');
        expect(await createJobStore(redis).cancel(id)).toEqual({ state, hasChanged: true });
        await again;
        expect(await createJobStore(redis).cancel(id)).toEqual({ state, hasChanged: false });
      }
    } finally {
      redis.disconnect();
      proxy.close();
    }
  });

  it('does not forget a cancellation when the worker gives the job back, fails or dies', async () => {
    const job = await submitted();
    const attempt = await take(job);
    await records.store.cancel(job.id);
    await attempt.giveBack('SIGTERM');
    expect(await stateOf(job)).toBe('cancelled');

    const other = await submitted();
    const failing = await take(other);
    await records.store.cancel(other.id);
    expect(await failing.fail('trainer-died', 'killed', false)).toBe('cancelled');

    const lost = await submitted();
    await take(lost, 'dead');
    await records.store.cancel(lost.id);
    await lockFor(lost, 'next');
    expect(await beginAttempt(records.redis, { id: lost.id, queue: lost.queue, token: 'next', worker: 'w' })).toEqual({
      outcome: 'ended',
      state: 'cancelled',
    });
  });

  it('retries an ended job with fresh budgets and its checkpoints, but not a completed one', async () => {
    const job = await submitted();
    await (await take(job)).fail('loss-not-finite', 'step 3', true);
    expect(await records.store.retry(job.id)).toBe('retried');
    expect((await records.store.get(job.id))?.record).toMatchObject({
      state: 'waiting',
      failures: 0,
      error: null,
      finishedAt: null,
      attempt: 1,
    });
    expect(await records.redis.ttl(keys.events(job.id))).toBe(-1);
    await (await take(job)).complete(result);
    expect(await records.store.retry(job.id)).toBe('completed');
  });

  it('does not retry a job that is being removed', async () => {
    const job = await submitted();
    expect(await records.store.beginRemove(job.id)).toBe('waiting');
    await records.store.cancel(job.id);
    expect(await records.store.beginRemove(job.id)).toBe('deleting');
    expect(await records.store.retry(job.id)).toBe('deleting');
    expect(await records.store.remove(job.id)).toBe('removed');
  });

  it('removes every key of an ended job, and no other’s', async () => {
    const other = await submitted({ tags: ['keep'] });
    const job = await submitted({ tags: ['a', 'keep'] });
    const attempt = await take(job);
    await attempt.epoch(row, lastStep, progress);
    expect(await records.store.remove(job.id)).toBe('active');
    await attempt.complete(result);
    expect(await records.store.remove(job.id)).toBe('removed');
    await records.redis.del(keys.lock(job.queue, job.id));

    expect((await records.redis.keys('*')).filter((key) => key.includes(job.id))).toEqual([]);
    expect((await records.store.list({ tag: 'keep' }, 10)).jobs.map(({ record }) => record.id)).toEqual([other.id]);
    expect((await records.store.list({}, 10)).jobs).toHaveLength(1);
  });
});

describe('the stream of all jobs', () => {
  const entries = async (stream: string) => (await readEntriesAfter(records.redis, stream, STREAM_START, 100)) ?? [];

  it('has every event of each job under the id that it has in the job’s own, and deletions', async () => {
    const [one, other] = [await submitted(), await submitted()];
    await (await take(one)).epoch(row, lastStep, progress);
    await records.store.cancel(other.id);
    for (const { id } of [one, other]) {
      const own = await entries(keys.events(id));
      const ofAll = (await entries(keys.eventsOfAll)).filter(({ jobId }) => jobId === id);
      expect(ofAll.map((entry) => ({ ...entry, jobId: null }))).toEqual(own);
    }
    await records.store.remove(other.id);
    const last = (await entries(keys.eventsOfAll)).at(-1);
    expect(last?.jobId).toBe(other.id);
    expect(JSON.parse(last?.json ?? '')).toMatchObject({ type: 'removed' });
  });

  it('may be lost with the clock put back: jobs go on, and their own streams stay in order', async () => {
    const job = await submitted();
    await records.redis.xadd(keys.events(job.id), '99999999999999-0', 'event', '{}');
    await records.store.cancel(job.id);
    expect((await entries(keys.events(job.id))).map(({ id }) => id).slice(1)).toEqual([
      '99999999999999-0',
      '99999999999999-1',
    ]);
    expect(await entries(keys.eventsOfAll)).toHaveLength(2);
    await records.redis.del(keys.job(job.id), keys.jobs);
  });
});

describe('reclaim', () => {
  it('takes back an active job only if its lock is gone and no other attempt has begun', async () => {
    const job = await submitted();
    const attempt = await take(job);
    expect(await records.store.reclaim(job.id, job.queue, attempt.number)).toBe('held');
    await records.redis.del(keys.lock(job.queue, job.id));
    expect(await records.store.reclaim(job.id, job.queue, attempt.number + 1)).toBe('held');
    expect(await records.store.reclaim(job.id, job.queue, attempt.number)).toBe('waiting');
    expect((await records.store.get(job.id))?.record).toMatchObject({ state: 'waiting', deaths: 1, worker: null });
  });
});

describe('list', () => {
  it('pages through all jobs, newest first, each once', async () => {
    const ids: JobId[] = [];
    for (let i = 0; i < 7; i += 1) {
      const id = JobId.parse(`j${(1_700_000_000_000 + i).toString(36).padStart(9, '0')}00000000a${i}`);
      ids.unshift((await submitted({ id })).id);
    }
    const seen: JobId[] = [];
    let cursor: JobId | null = null;
    do {
      const page: Awaited<ReturnType<JobStore['list']>> = await records.store.list({}, 3, cursor);
      seen.push(...page.jobs.map(({ record }) => record.id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(ids);
  });

  it('filters by state, tag and part of the name together', async () => {
    await submitted({ name: 'Sweep A', tags: ['x'] });
    const wanted = await submitted({ name: 'sweep b', tags: ['x', 'y'] });
    await records.store.cancel((await submitted({ name: 'sweep c', tags: ['x', 'y'] })).id);
    const { jobs } = await records.store.list({ state: 'waiting', tag: 'y', name: 'SWEEP' }, 10);
    expect(jobs.map(({ record }) => record.id)).toEqual([wanted.id]);
    expect(await records.store.countByState()).toMatchObject({ waiting: 2, cancelled: 1, active: 0 });
  });

  it.each([
    ['spec', '{"engine":"of another version"}'],
    // as milliseconds, later than a Date can be: shown beside others, it would fail them all
    ['createdAt', '9000000000000000'],
  ])('leaves out a record that cannot be read, for its %s, whose own look-up says so', async (field, value) => {
    const [good, bad] = [await submitted(), await submitted()];
    await records.redis.hset(keys.job(bad.id), field, value);
    expect((await records.store.list({}, 10)).jobs.map(({ record }) => record.id)).toEqual([good.id]);
    await expect(records.store.get(bad.id)).rejects.toThrow(`the record of job ${bad.id} cannot be read`);
    await records.redis.del(keys.job(bad.id));
  });

  it('finds what retention may delete: the old, and what is beyond the newest', async () => {
    const jobs = [await submitted(), await submitted(), await submitted()];
    for (const { id } of jobs) await records.store.cancel(id);
    expect(await records.store.expired(0, 3)).toEqual([]);
    expect(await records.store.expired(0, 2)).toHaveLength(1);
    expect(await records.store.expired(Date.now() + 1000, 3)).toHaveLength(3);
  });
});
