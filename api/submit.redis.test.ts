/** Submissions that are sent again, and lists of jobs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../shared/keys.ts';
import { until } from '../shared/testing/processes.ts';
import type { JobView } from '../shared/views.ts';
import { SubmittedJobs } from './handlers/submit.ts';
import { canonicalJson } from './idempotency.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';

let api: TestApiWithRedis;

beforeAll(async () => {
  api = await startTestApiWithRedis();
});
afterAll(async () => {
  await api.close();
});
beforeEach(async () => {
  await until(() => api.redis.status === 'ready', { what: 'the connection is there' });
  await api.redis.flushall();
});

const send = (body: unknown, key?: string) =>
  api.request('/v1/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify(body),
  });
const sendAll = async (jobs: unknown[], key?: string) => {
  const answer = await send(jobs, key);
  expect(answer.status).toBe(207);
  return SubmittedJobs.parse(answer.body).items;
};
const jobCount = () => api.redis.zcard(keys.jobs);
const queuedCount = () => api.queues['train-cpu'].count();
const idOf = (item: object): string => ('job' in item ? (item.job as JobView).id : 'none');

describe('an Idempotency-Key', () => {
  it('makes the same request the same job, whatever the order of its fields and the defaults it leaves out', async () => {
    const first = await send({ kind: 'train', spec: { epochs: 3, seed: 1 } }, 'a');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    const again = await send({ priority: 0, spec: { seed: 1, batchSize: 16, epochs: 3 }, kind: 'train' }, 'a');
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(await jobCount()).toBe(1);
    expect((await send({ kind: 'train', spec: { epochs: 3, seed: 1 } }, 'b')).body.id).not.toBe(first.body.id);
  });

  it('with another body is refused', async () => {
    const { body: job } = await send({ kind: 'train' }, 'a');
    const other = await send({ kind: 'train', name: 'other' }, 'a');
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    expect(other.body.detail).toContain(job.id);
    expect(await jobCount()).toBe(1);
  });

  it('sent by twenty at once makes one job, of which all are told', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => send({ kind: 'train' }, 'a')));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect([await jobCount(), await queuedCount()]).toEqual([1, 1]);
  });

  it('is held for 24 hours', async () => {
    await send({ kind: 'train' }, 'a');
    const left = await api.redis.ttl(keys.once('local:0:a'));
    expect(left).toBeGreaterThan(24 * 3600 - 60);
    expect(left).toBeLessThanOrEqual(24 * 3600);
  });

  it('sent again puts a job into its queue whose API died before that', async () => {
    const { body: job } = await send({ kind: 'train' }, 'a');
    await api.control.dequeue({ id: job.id, queue: 'train-cpu' });
    expect((await send({ kind: 'train' }, 'a')).body).toEqual(job);
    expect(await queuedCount()).toBe(1);
  });

  it('of a job that was deleted since makes no other one', async () => {
    const { body: job } = await send({ kind: 'train' }, 'a');
    await api.post(`/v1/jobs/${job.id}/cancel`);
    await api.delete(`/v1/jobs/${job.id}`);
    const again = await send({ kind: 'train' }, 'a');
    expect(again).toMatchObject({ status: 409, body: { code: 'job-deleted' } });
    expect(await jobCount()).toBe(0);
  });

  it('of a faulty request holds nothing', async () => {
    expect((await send({ kind: 'train', priority: 11 }, 'a')).status).toBe(422);
    expect((await send({ kind: 'train', priority: 10 }, 'a')).status).toBe(202);
  });

  it.each(['', 'a b', 'ü', 'x'.repeat(256)])('that is %j is refused by name', async (key) => {
    expect(await send({ kind: 'train' }, key)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'Idempotency-Key', allowed: '1 to 255 visible ASCII characters' }] },
    });
    expect(await jobCount()).toBe(0);
  });

  it('is compared by a canonical text', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[{"c":null,"d":1}]}');
  });
});

describe('a list of jobs', () => {
  it('is answered item by item, in its order', async () => {
    const items = await sendAll([
      { kind: 'train', name: 'one' },
      { kind: 'train', spec: { epochs: 0, speling: 1 } },
      7,
      { kind: 'eval', spec: { checkpoint: { jobId: 'j0mwu99p1i8f2ab7ca05' } } },
      { kind: 'train', name: 'two', priority: 5 },
    ]);
    expect(items).toMatchObject([
      { status: 202, job: { name: 'one', state: 'waiting', position: 2 } },
      {
        status: 422,
        problem: { code: 'validation-failed', errors: [{ field: 'spec.epochs' }, { field: 'spec.speling' }] },
      },
      { status: 422, problem: { errors: [{ field: '(all)', value: 7 }] } },
      { status: 422, problem: { code: 'job-not-found', errors: [{ field: 'spec.checkpoint.jobId' }] } },
      { status: 202, job: { name: 'two', position: 1 } },
    ]);
    expect((await api.get(`/v1/jobs/${idOf(items[0] ?? {})}`)).body).toEqual((items[0] as { job: JobView }).job);
    expect([await jobCount(), await queuedCount()]).toEqual([2, 2]);
  });

  it.each([[[]], [Array(1001).fill({ kind: 'train' })]])('of no jobs or too many is refused', async (jobs) => {
    expect(await send(jobs)).toMatchObject({
      status: 422,
      body: { errors: [{ field: '(all)', allowed: expect.stringContaining('a list of 1 to 1000 items, each a job') }] },
    });
    expect(await jobCount()).toBe(0);
  });

  it('with an Idempotency-Key can be sent again; places with another body are refused alone', async () => {
    const jobs = [{ kind: 'train', name: 'a' }, { kind: 'train', name: 'b' }, { kind: 'nonsense' }];
    const first = await sendAll(jobs, 'k');
    expect(await sendAll(jobs, 'k')).toEqual(first);
    const other = await sendAll([jobs[0], { kind: 'train', name: 'c' }, { kind: 'train', name: 'mended' }], 'k');
    expect(other.map(({ status }) => status)).toEqual([202, 422, 202]);
    expect(idOf(other[0] ?? {})).toBe(idOf(first[0] ?? {}));
    expect(await jobCount()).toBe(3);
  });

  it('of a thousand is taken in a moment, each job once and in its queue', async () => {
    const jobs = Array.from({ length: 1000 }, (_, i) => ({ kind: 'train', name: `job ${i}`, tags: ['many'] }));
    const began = performance.now();
    const items = await sendAll(jobs, 'k');
    const seconds = (performance.now() - began) / 1000;
    expect(items.map((item) => 'job' in item && item.job.name)).toEqual(jobs.map(({ name }) => name));
    // about 1 s where nothing else runs
    expect(seconds).toBeLessThan(15);
    const { jobs: listed } = (await api.get('/v1/jobs?limit=100')).body;
    const newest = jobs.slice(-100).reverse();
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(newest.map(({ name }) => name));
    expect(await sendAll(jobs, 'k')).toEqual(items);
    expect([await jobCount(), await queuedCount()]).toEqual([1000, 1000]);
  });

  it('during which Redis goes away is answered all the same, and what was not done can be sent again', async () => {
    const jobs = Array.from({ length: 1000 }, (_, i) => ({ kind: 'train', name: `job ${i}` }));
    const answering = sendAll(jobs, 'k');
    await until(async () => (await jobCount()) > 100, { what: 'the first jobs are there', everyMs: 1 });
    await api.server.kill();
    const items = await answering;
    expect(items.some(({ status }) => status === 503)).toBe(true);
    for (const item of items) {
      if (item.status !== 202) expect(item).toMatchObject({ status: 503, problem: { code: 'redis-unavailable' } });
    }
    await api.server.restart();
    await until(async () => (await api.get('/readyz')).status === 200, { what: 'the API is ready' });
    const again = await sendAll(jobs, 'k');
    expect(again.every(({ status }) => status === 202)).toBe(true);
    expect([await jobCount(), await queuedCount()]).toEqual([1000, 1000]);
  });
});
