/** The job record against a real Redis: moves, fencing, lists. */
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptRecord, beginAttempt } from './attempt-record.ts';
import { LockLost } from './errors.ts';
import { readEntriesAfter, readEvents, STREAM_START } from './event-stream.ts';
import { MOVES } from './events.ts';
import { createJobStore, type JobStore, type NewJob } from './job-store.ts';
import { DEAD_WORKER_BUDGET, JobId } from './jobs.ts';
import { keys } from './keys.ts';
import { connectForWorker } from './redis.ts';
import { type NewTrainJob, newJob } from './testing/jobs.ts';
import { startTestRedis, type TestRedis } from './testing/redis.ts';
import type { EpochRow, TrainResult } from './views.ts';

let server: TestRedis;
let redis: Redis;
let store: JobStore;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connectForWorker(server.url);
  store = createJobStore(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());
afterEach(async () => {
  for (const { record } of (await store.list({}, 200)).jobs) await expectAllowedMoves(record.id);
});

/** Whatever a test did: every move that the event stream tells is one of those in events.ts. */
async function expectAllowedMoves(id: JobId): Promise<void> {
  const states = (await readEvents(redis, id)).flatMap(({ event }) => (event.type === 'state' ? [event.state] : []));
  for (const [i, state] of states.slice(1).entries()) {
    expect(MOVES[states[i] ?? 'waiting'], `${states[i]} → ${state}`).toContain(state);
  }
}

const row: EpochRow = {
  epoch: 1,
  trainLoss: 2.1791,
  trainAccuracy: 0.3306,
  validationLoss: 1.9395,
  validationAccuracy: 0.5842,
  imagesPerSecond: 18_000,
  seconds: 3.2,
};
const lastStep = { epoch: 1, step: 4, trainLoss: 2.1791, trainAccuracy: 0.3306, imagesPerSecond: 18_000 };
const progress = { percentage: 100, epoch: 1, step: 4, imagesPerSecond: 18_000, estimatedRemainingSeconds: 0 };
const result: TrainResult = {
  engine: 'simd',
  epochs: 1,
  stoppedEarly: false,
  best: { epoch: 1, validationLoss: 1.9395, validationAccuracy: 0.5842 },
  test: { loss: 1.9, accuracy: 0.6, perClass: [0.6, null], confusion: [[1, 0]] },
  parametersSha256: 'ab',
  seconds: 3.2,
  imagesPerSecond: 18_000,
};

/** As if BullMQ had handed the job to a worker: the lock holds its token. */
async function lockFor(job: NewJob, token: string): Promise<void> {
  await redis.set(keys.lock(job.queue, job.id), token);
}

async function take(job: NewJob, token = 'token-1', worker = 'worker-1'): Promise<AttemptRecord> {
  await lockFor(job, token);
  const begun = await beginAttempt(redis, { id: job.id, queue: job.queue, token, worker });
  if (begun.outcome !== 'begun') throw new Error(`the attempt did not begin: ${begun.outcome}`);
  return begun.attempt;
}

async function submitted(changes: Partial<NewTrainJob> = {}): Promise<NewJob> {
  const job = newJob(changes);
  await store.create(job);
  return job;
}

async function stateOf(job: NewJob) {
  return (await store.get(job.id))?.record.state;
}

describe('an attempt', () => {
  it('goes from waiting over active to completed, and each move is in the event stream once', async () => {
    const job = await submitted();
    const attempt = await take(job);
    await attempt.epoch(row, lastStep, progress);
    await attempt.complete(result);

    const { record, attempts } = (await store.get(job.id)) ?? {};
    expect(record).toMatchObject({ state: 'completed', attempt: 1, result, worker: null, latest: lastStep, progress });
    expect(attempts).toMatchObject([{ attempt: 1, worker: 'worker-1', outcome: 'completed' }]);
    const events = (await readEvents(redis, job.id)).map(({ event }) => event);
    expect(events.map((event) => (event.type === 'state' ? event.state : event.type))).toEqual([
      'waiting',
      'active',
      'epoch',
      'completed',
    ]);
    expect(await redis.ttl(keys.events(job.id))).toBeGreaterThan(6 * 24 * 3600);
  });

  it('keeps each epoch once, however often it is run', async () => {
    const job = await submitted();
    const attempt = await take(job);
    await attempt.epoch(row, lastStep, progress);
    await attempt.epoch({ ...row, seconds: 99 }, lastStep, progress);
    expect(await store.epochRows(job.id)).toEqual([row]);
    expect((await store.get(job.id))?.record.latestEpoch).toEqual(row);
    const second = { ...row, epoch: 2 };
    await attempt.epoch(second, lastStep, progress);
    await attempt.epoch(row, lastStep, progress);
    expect((await store.get(job.id))?.record.latestEpoch).toEqual(second);
    const epochs = (await readEvents(redis, job.id)).filter(({ event }) => event.type === 'epoch');
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
    expect(await store.epochRows(job.id)).toEqual([]);
    expect((await store.get(job.id))?.record).toMatchObject({ state: 'active', attempt: 2, failures: 0, deaths: 1 });
  });

  it('does not begin without the lock, without a record, or on a job that has ended', async () => {
    const job = await submitted();
    await lockFor(job, 'another');
    const mine = { id: job.id, queue: job.queue, token: 'mine', worker: 'worker-1' };
    await expect(beginAttempt(redis, mine)).rejects.toThrow(LockLost);
    expect(await beginAttempt(redis, { ...mine, id: newJob().id })).toEqual({ outcome: 'missing' });
    await store.cancel(job.id);
    await lockFor(job, 'mine');
    expect(await beginAttempt(redis, mine)).toEqual({ outcome: 'ended', state: 'cancelled' });
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
      const { record } = (await store.get(job.id)) ?? {};
      expect(record).toMatchObject({ state: 'delayed', failures });
      expect((record?.delayedUntil ?? 0) - before).toBeGreaterThanOrEqual(delay);
      expect((record?.delayedUntil ?? 0) - before).toBeLessThan(delay + 2000);
    }
    expect(await (await take(job)).fail('trainer-died', 'killed', false)).toBe('failed');
    expect((await store.get(job.id))?.record).toMatchObject({
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
    expect((await store.get(job.id))?.record).toMatchObject({ state: 'waiting', failures: 0, deaths: 0, attempt: 12 });
  });

  it('are not spent by dead workers, but the tenth ends the job', async () => {
    const job = await submitted();
    for (let death = 1; death < DEAD_WORKER_BUDGET; death += 1) await take(job, `token-${death}`);
    await take(job, 'last');
    expect((await store.get(job.id))?.record).toMatchObject({ state: 'active', failures: 0, deaths: 9 });
    await lockFor(job, 'after');
    expect(await beginAttempt(redis, { id: job.id, queue: job.queue, token: 'after', worker: 'w' })).toEqual({
      outcome: 'ended',
      state: 'failed',
    });
    const { record, attempts } = (await store.get(job.id)) ?? {};
    expect(record).toMatchObject({ deaths: 10, error: { code: 'worker-lost' } });
    expect(attempts?.every(({ outcome }) => outcome === 'worker-lost')).toBe(true);
  });
});

describe('cancel, retry, remove', () => {
  it('cancels a waiting job at once and an active one through its worker', async () => {
    const waiting = await submitted();
    expect(await store.cancel(waiting.id)).toBe('cancelled');
    expect(await store.cancel(waiting.id)).toBe('cancelled');

    const active = await submitted();
    const attempt = await take(active);
    expect(await attempt.beat()).toEqual({ cancelRequested: false });
    expect(await store.cancel(active.id)).toBe('active');
    expect(await attempt.beat()).toEqual({ cancelRequested: true });
    await attempt.cancelled();
    expect(await stateOf(active)).toBe('cancelled');
  });

  it('does not forget a cancellation when the worker gives the job back, fails or dies', async () => {
    const job = await submitted();
    const attempt = await take(job);
    await store.cancel(job.id);
    await attempt.giveBack('SIGTERM');
    expect(await stateOf(job)).toBe('cancelled');

    const other = await submitted();
    const failing = await take(other);
    await store.cancel(other.id);
    expect(await failing.fail('trainer-died', 'killed', false)).toBe('cancelled');

    const lost = await submitted();
    await take(lost, 'dead');
    await store.cancel(lost.id);
    await lockFor(lost, 'next');
    expect(await beginAttempt(redis, { id: lost.id, queue: lost.queue, token: 'next', worker: 'w' })).toEqual({
      outcome: 'ended',
      state: 'cancelled',
    });
  });

  it('retries an ended job with fresh budgets and its checkpoints, but not a completed one', async () => {
    const job = await submitted();
    await (await take(job)).fail('loss-not-finite', 'step 3', true);
    expect(await store.retry(job.id)).toBe('retried');
    expect((await store.get(job.id))?.record).toMatchObject({
      state: 'waiting',
      failures: 0,
      error: null,
      finishedAt: null,
      attempt: 1,
    });
    expect(await redis.ttl(keys.events(job.id))).toBe(-1);
    await (await take(job)).complete(result);
    expect(await store.retry(job.id)).toBe('completed');
  });

  it('does not retry a job that is being removed', async () => {
    const job = await submitted();
    expect(await store.beginRemove(job.id)).toBe('waiting');
    await store.cancel(job.id);
    expect(await store.beginRemove(job.id)).toBe('deleting');
    expect(await store.retry(job.id)).toBe('deleting');
    expect(await store.remove(job.id)).toBe('removed');
  });

  it('removes every key of an ended job, and no other’s', async () => {
    const other = await submitted({ tags: ['keep'] });
    const job = await submitted({ tags: ['a', 'keep'] });
    const attempt = await take(job);
    await attempt.epoch(row, lastStep, progress);
    expect(await store.remove(job.id)).toBe('active');
    await attempt.complete(result);
    expect(await store.remove(job.id)).toBe('removed');
    await redis.del(keys.lock(job.queue, job.id));

    expect((await redis.keys('*')).filter((key) => key.includes(job.id))).toEqual([]);
    expect((await store.list({ tag: 'keep' }, 10)).jobs.map(({ record }) => record.id)).toEqual([other.id]);
    expect((await store.list({}, 10)).jobs).toHaveLength(1);
  });
});

describe('the stream of all jobs', () => {
  const entries = async (stream: string) => (await readEntriesAfter(redis, stream, STREAM_START, 100)) ?? [];

  it('has every event of each job under the id that it has in the job’s own, and deletions', async () => {
    const [one, other] = [await submitted(), await submitted()];
    await (await take(one)).epoch(row, lastStep, progress);
    await store.cancel(other.id);
    for (const { id } of [one, other]) {
      const own = await entries(keys.events(id));
      const ofAll = (await entries(keys.eventsOfAll)).filter(({ jobId }) => jobId === id);
      expect(ofAll.map((entry) => ({ ...entry, jobId: null }))).toEqual(own);
    }
    await store.remove(other.id);
    const last = (await entries(keys.eventsOfAll)).at(-1);
    expect(last?.jobId).toBe(other.id);
    expect(JSON.parse(last?.json ?? '')).toMatchObject({ type: 'removed' });
  });

  it('may be lost with the clock put back: jobs go on, and their own streams stay in order', async () => {
    const job = await submitted();
    await redis.xadd(keys.events(job.id), '99999999999999-0', 'event', '{}');
    await store.cancel(job.id);
    expect((await entries(keys.events(job.id))).map(({ id }) => id).slice(1)).toEqual([
      '99999999999999-0',
      '99999999999999-1',
    ]);
    expect(await entries(keys.eventsOfAll)).toHaveLength(2);
    await redis.del(keys.job(job.id), keys.jobs);
  });
});

describe('reclaim', () => {
  it('takes back an active job only if its lock is gone and no other attempt has begun', async () => {
    const job = await submitted();
    const attempt = await take(job);
    expect(await store.reclaim(job.id, job.queue, attempt.number)).toBe('held');
    await redis.del(keys.lock(job.queue, job.id));
    expect(await store.reclaim(job.id, job.queue, attempt.number + 1)).toBe('held');
    expect(await store.reclaim(job.id, job.queue, attempt.number)).toBe('waiting');
    expect((await store.get(job.id))?.record).toMatchObject({ state: 'waiting', deaths: 1, worker: null });
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
      const page: Awaited<ReturnType<JobStore['list']>> = await store.list({}, 3, cursor);
      seen.push(...page.jobs.map(({ record }) => record.id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(ids);
  });

  it('filters by state, tag and part of the name together', async () => {
    await submitted({ name: 'Sweep A', tags: ['x'] });
    const wanted = await submitted({ name: 'sweep b', tags: ['x', 'y'] });
    await store.cancel((await submitted({ name: 'sweep c', tags: ['x', 'y'] })).id);
    const { jobs } = await store.list({ state: 'waiting', tag: 'y', name: 'SWEEP' }, 10);
    expect(jobs.map(({ record }) => record.id)).toEqual([wanted.id]);
    expect(await store.countByState()).toMatchObject({ waiting: 2, cancelled: 1, active: 0 });
  });

  it('leaves out a record that cannot be read, whose own look-up says so', async () => {
    const [good, bad] = [await submitted(), await submitted()];
    await redis.hset(keys.job(bad.id), 'spec', '{"engine":"of another version"}');
    expect((await store.list({}, 10)).jobs.map(({ record }) => record.id)).toEqual([good.id]);
    await expect(store.get(bad.id)).rejects.toThrow(`the record of job ${bad.id} cannot be read`);
    await redis.del(keys.job(bad.id));
  });

  it('finds what retention may delete: the old, and what is beyond the newest', async () => {
    const jobs = [await submitted(), await submitted(), await submitted()];
    for (const { id } of jobs) await store.cancel(id);
    expect(await store.expired(0, 3)).toEqual([]);
    expect(await store.expired(0, 2)).toHaveLength(1);
    expect(await store.expired(Date.now() + 1000, 3)).toHaveLength(3);
  });
});
