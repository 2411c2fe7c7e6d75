import { UnrecoverableError } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrainSpec } from '../shared/jobs.ts';
import { JobView } from '../shared/views.ts';
import { beat, liveWorkers, type WorkerView } from '../shared/workers.ts';
import { JobCounts } from './handlers/counts.ts';
import { JobList } from './handlers/jobs.ts';
import { Metrics } from './handlers/metrics.ts';
import { WorkerList } from './handlers/workers.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { commitEpoch, createFakeWorker, endOfEpoch, epochRow, type FakeWorker } from './testing/fake-worker.ts';

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

const submit = async (body: object = {}): Promise<JobView> =>
  JobView.parse((await api.submit({ kind: 'train', ...body })).body);
const look = async (id: string): Promise<JobView> => JobView.parse((await api.get(`/v1/jobs/${id}`)).body);

describe('POST /v1/jobs', () => {
  it('accepts a job, settles it, and says where it is', async () => {
    const answer = await api.submit({
      kind: 'train',
      spec: { epochs: 3 },
      name: ' my run ',
      tags: ['a=1'],
      priority: 2,
    });
    expect(answer.status).toBe(202);
    const job = JobView.parse(answer.body);
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${job.id}`);
    expect(job).toMatchObject({
      state: 'waiting',
      name: 'my run',
      tags: ['a=1'],
      priority: 2,
      queue: 'train-cpu',
      position: 1,
      attempt: 0,
      spec: { epochs: 3, engine: 'simd' },
      links: {
        self: `/v1/jobs/${job.id}`,
        cancel: `/v1/jobs/${job.id}/cancel`,
        board: `/admin/queues/queue/train-cpu/${job.id}`,
      },
    });
    expect(job.links).not.toHaveProperty('retry');
    expect(await look(job.id)).toEqual(job);
    expect((await api.get(job.links.board ?? '')).status).toBe(200);
  });

  it('refuses an engine that computes nothing here', async () => {
    const refused = await api.submit({ kind: 'train', spec: { engine: 'tensorflow' } });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'engine-unavailable', errors: [{ field: 'spec.engine', value: 'tensorflow' }] },
    });
    expect(refused.body.detail).toContain('tensorflow: this deployment does not train on GPUs');
  });

  it('gives a job with Adam to the first engine, and its evaluation too', async () => {
    const { id, spec } = await submit({ spec: { optimizer: { type: 'adam', beta2: 0.99 } } });
    const optimizer = { type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };
    expect(spec).toMatchObject({ engine: 'simd', optimizer });
    expect((await look(id)).spec).toEqual(spec);
    const taken = await worker.take();
    await commitEpoch(taken, { store: api.checkpoints, spec: spec as TrainSpec, epoch: 1, best: true });
    const evaluation = await api.submit({ kind: 'eval', spec: { checkpoint: { jobId: id } } });
    expect(JobView.parse(evaluation.body).spec).toMatchObject({ engine: 'simd', checkpoint: { jobId: id } });
  });

  it('lets jobs of higher priority go first, and says so in their position', async () => {
    const low = await submit({ priority: -1 });
    const high = await submit({ priority: 10 });
    const middle = await submit();
    expect(await Promise.all([high, middle, low].map(async ({ id }) => (await look(id)).position))).toEqual([1, 2, 3]);
    expect((await worker.take()).id).toBe(high.id);
    expect((await look(high.id)).position).toBeNull();
    expect((await look(middle.id)).position).toBe(1);
  });

  it('says that no worker serves the queue while none does', async () => {
    const { id, reason } = await submit();
    expect(reason).toBe('no-worker');
    await worker.signOn();
    expect((await look(id)).reason).toBeNull();
    const { workers } = WorkerList.parse((await api.get('/v1/workers')).body);
    expect(workers.map(({ name }) => name)).toEqual(['fake']);
    await worker.signOff();
    expect((await look(id)).reason).toBe('no-worker');
  });

  it('shows a worker of the version before, which said neither why it takes no jobs nor what it dropped', async () => {
    await worker.signOn();
    const [fake] = await liveWorkers(api.redis);
    await beat(api.redis, { ...fake, unready: undefined, dropped: undefined } as unknown as WorkerView);
    expect(WorkerList.parse((await api.get('/v1/workers')).body).workers).toEqual([fake]);
    await worker.signOff();
  });

  it('shows which queues a worker has dropped, and why; a job of one of them has no worker', async () => {
    await worker.signOn();
    const [fake] = await liveWorkers(api.redis);
    const dropped = { queues: [], dropped: [{ queue: 'train-cpu' as const, why: 'file too short' }] };
    await beat(api.redis, { ...(fake ?? expect.fail()), ...dropped });
    expect((await api.get('/v1/workers')).body).toMatchObject({ workers: [dropped] });
    expect((await submit()).reason).toBe('no-worker');
    await worker.signOff();
  });
});

describe('GET /v1/jobs', () => {
  it('gives pages, newest first, each job once, up to the end', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1) ids.push((await submit()).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/v1/jobs?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`;
      const page = JobList.parse((await api.get(path)).body);
      expect(page.jobs.length).toBeLessThanOrEqual(3);
      seen.push(...page.jobs.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([...ids].sort().reverse());
    expect(seen).toHaveLength(7);
  });

  it('filters by state, kind, tag and part of the name, together too', async () => {
    const one = await submit({ name: 'Alpha run', tags: ['x', 'y'] });
    const two = await submit({ name: 'beta RUN', tags: ['x'] });
    const three = await submit({ tags: ['z'] });
    await api.post(`/v1/jobs/${two.id}/cancel`);
    const found = async (query: string) =>
      JobList.parse((await api.get(`/v1/jobs?${query}`)).body)
        .jobs.map(({ id }) => id)
        .sort();
    expect(await found('tag=x')).toEqual([one.id, two.id].sort());
    expect(await found('tag=x&state=waiting')).toEqual([one.id]);
    expect(await found('name=run')).toEqual([one.id, two.id].sort());
    expect(await found('name=run&state=cancelled&kind=train')).toEqual([two.id]);
    expect(await found('kind=train')).toEqual([one.id, two.id, three.id].sort());
    expect(await found('tag=nobody')).toEqual([]);
  });

  it('finds a rare name behind hundreds of others in one page', async () => {
    const rare = await submit({ name: 'needle' });
    await Promise.all(Array.from({ length: 300 }, () => submit({ name: 'hay' })));
    const page = JobList.parse((await api.get('/v1/jobs?name=needle&limit=1')).body);
    expect(page.jobs.map(({ id }) => id)).toEqual([rare.id]);
  });
});

describe('GET /v1/jobs/counts', () => {
  it('counts jobs by state, and by queue those that wait, run and are delayed', async () => {
    await submit({ priority: 5 });
    const { attempt, queued, token } = await worker.take();
    await attempt.fail('trainer-died', 'the trainer died', false);
    await queued.moveToDelayed(Date.now() + 60_000, token);
    await submit();
    const returned = await worker.take();
    await returned.attempt.giveBack('the worker stops');
    await returned.queued.moveToWait(token);
    await submit({ priority: 5 });
    await worker.take();
    await submit();
    await submit();
    const { id } = await submit();
    await api.post(`/v1/jobs/${id}/cancel`);
    expect(JobCounts.parse((await api.get('/v1/jobs/counts')).body)).toEqual({
      states: { waiting: 3, delayed: 1, active: 1, completed: 0, failed: 0, cancelled: 1 },
      queues: [
        { name: 'train-cpu', waiting: 3, active: 1, delayed: 1, paused: false },
        { name: 'train-gpu', waiting: 0, active: 0, delayed: 0, paused: false },
        { name: 'eval', waiting: 0, active: 0, delayed: 0, paused: false },
      ],
    });
  });
});

describe('a job', () => {
  it('that waits is cancelled at once, and can be retried', async () => {
    const { id } = await submit();
    const cancelled = await api.post(`/v1/jobs/${id}/cancel`);
    expect(cancelled.status).toBe(200);
    expect(JobView.parse(cancelled.body)).toMatchObject({ state: 'cancelled', position: null, reason: null });
    expect(await api.queues['train-cpu'].getJob(id)).toBeUndefined();
    expect((await api.post(`/v1/jobs/${id}/cancel`)).status).toBe(200);

    const retried = await api.post(`/v1/jobs/${id}/retry`);
    expect(retried.status).toBe(202);
    expect(JobView.parse(retried.body)).toMatchObject({ state: 'waiting', position: 1, finishedAt: null });
  });

  it('that runs is cancelled by its worker, a moment later', async () => {
    const { id } = await submit();
    const { attempt } = await worker.take();
    const asked = await api.post(`/v1/jobs/${id}/cancel`);
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ state: 'active', cancelRequested: true });
    expect(await attempt.beat()).toEqual({ cancelRequested: true });
    await attempt.cancelled();
    expect(await look(id)).toMatchObject({ state: 'cancelled', attempts: [{ outcome: 'cancelled' }] });
  });

  it('shows its progress and its epochs', async () => {
    const { id } = await submit();
    expect(Metrics.parse((await api.get(`/v1/jobs/${id}/metrics`)).body)).toEqual({ jobId: id, epochs: [] });
    const { attempt } = await worker.take();
    expect(await look(id)).toMatchObject({ latestEpoch: null });
    await attempt.epoch(epochRow(1, 2), ...endOfEpoch(1));
    const [step, progress] = endOfEpoch(2);
    await attempt.step(step, progress);
    expect(await look(id)).toMatchObject({
      state: 'active',
      worker: 'fake',
      attempt: 1,
      progress,
      latest: step,
      latestEpoch: epochRow(1, 2),
    });
    const metrics = Metrics.parse((await api.get(`/v1/jobs/${id}/metrics`)).body);
    expect(metrics.epochs).toEqual([epochRow(1, 2)]);
  });

  it('asked many times at once to be cancelled is cancelled, and each is told so', async () => {
    const { id } = await submit();
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post(`/v1/jobs/${id}/cancel`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  it('keeps its checkpoints when a deletion comes too late', async () => {
    const { id } = await submit();
    await api.post(`/v1/jobs/${id}/cancel`);
    const [deleted, retried] = await Promise.all([api.delete(`/v1/jobs/${id}`), api.post(`/v1/jobs/${id}/retry`)]);
    // One of them comes first, and the other is refused.
    expect([`${deleted.status} ${retried.status}`]).toContainEqual(
      expect.stringMatching(/^(204 404|204 409|409 202)$/),
    );
  });

  it('is deleted once it has ended, and not before', async () => {
    const { id } = await submit();
    expect(await api.delete(`/v1/jobs/${id}`)).toMatchObject({ status: 409, body: { code: 'job-not-ended' } });
    await api.post(`/v1/jobs/${id}/cancel`);
    const answer = await api.delete(`/v1/jobs/${id}`);
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(await api.get(`/v1/jobs/${id}`)).toMatchObject({ status: 404, body: { code: 'job-not-found' } });
    expect(await api.delete(`/v1/jobs/${id}`)).toMatchObject({ status: 404 });
    expect((await api.get('/v1/jobs')).body).toEqual({ jobs: [], nextCursor: null });
  });

  it('is not retried while it waits, and not cancelled when it has failed', async () => {
    const { id } = await submit();
    expect(await api.post(`/v1/jobs/${id}/retry`)).toMatchObject({ status: 409, body: { code: 'job-not-retryable' } });
    await (await worker.take()).attempt.fail('loss-not-finite', 'the loss is NaN', true);
    expect(await look(id)).toMatchObject({ state: 'failed', error: { code: 'loss-not-finite' } });
    expect(await api.post(`/v1/jobs/${id}/cancel`)).toMatchObject({ status: 409, body: { code: 'job-ended' } });
  });

  it('that ran before BullMQ was done with it is added again when it is retried', async () => {
    const { id } = await submit();
    const { attempt, queued, token } = await worker.take();
    await attempt.fail('loss-not-finite', 'the loss is NaN', true);
    await queued.moveToFailed(new UnrecoverableError('the loss is NaN'), token, false);
    expect((await api.post(`/v1/jobs/${id}/retry`)).body).toMatchObject({ state: 'waiting', position: 1, error: null });
    expect((await worker.take()).id).toBe(id);
  });
});
