/** What a dry run says, and that it leaves nothing behind. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PREFIX } from '../shared/keys.ts';
import { recordSpeed } from '../shared/speeds.ts';
import { DryRun } from './handlers/dry-run.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { createFakeWorker, type FakeWorker } from './testing/fake-worker.ts';

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

/** 1,000 images an epoch, 500 to validate on: 10 s of training and 1 s of validation at the speed below. */
const SPEC = { trainSize: 1000, validationSize: 500, epochs: 1 };

async function dry(body: object = {}): Promise<DryRun> {
  const answer = await api.post('/v1/jobs?dryRun=true', { kind: 'train', spec: SPEC, ...body });
  expect(answer.status).toBe(200);
  return DryRun.parse(answer.body);
}

/** 100 images a second, and 500 of the validation. */
async function measure(): Promise<void> {
  await api.submit({ kind: 'train', spec: SPEC });
  const { id, attempt, queued, token } = await worker.take();
  await attempt.complete({
    engine: 'simd',
    epochs: 1,
    stoppedEarly: false,
    best: { epoch: 1, validationLoss: 1, validationAccuracy: 0.5 },
    test: { loss: 1, accuracy: 0.5, perClass: [], confusion: [] },
    parametersSha256: 'ab',
    seconds: 11,
    imagesPerSecond: 100,
  });
  await queued.moveToCompleted({}, token, false);
  const job = await api.store.get(id);
  if (job) await recordSpeed(worker.redis, job.record);
}

/** Every key with its content. */
async function everything(): Promise<Map<string, string>> {
  const names = (await api.redis.keys('*')).sort();
  const dumps = await Promise.all(names.map((name) => api.redis.dumpBuffer(name)));
  return new Map(names.map((name, i) => [name, dumps[i]?.toString('hex') ?? '']));
}

describe('a dry run', () => {
  it('settles the job as a submission would, and changes nothing', async () => {
    await worker.signOn();
    await api.submit();
    const before = await everything();
    const answer = await dry({ name: 'look', tags: ['a', 'a'], priority: 3 });
    expect(answer).toMatchObject({
      kind: 'train',
      name: 'look',
      tags: ['a'],
      priority: 3,
      queue: 'train-cpu',
      position: 1,
      reason: null,
      spec: { ...SPEC, engine: 'simd', batchSize: 16 },
    });
    expect(await everything()).toEqual(before);
  });

  it('refuses what a submission would refuse', async () => {
    const faulty = await api.post('/v1/jobs?dryRun=true', { kind: 'train', spec: { epochs: 0 } });
    expect(faulty).toMatchObject({ status: 422, body: { errors: [{ field: 'spec.epochs' }] } });
    const missing = { kind: 'eval', spec: { checkpoint: { jobId: 'j0mwu99p1i8f2ab7ca05' } } };
    expect((await api.post('/v1/jobs?dryRun=true', missing)).body.code).toBe('job-not-found');
    expect((await api.post('/v1/jobs?dryRun=true', [{ kind: 'train' }])).body).toMatchObject({
      status: 422,
      errors: [{ field: 'dryRun', allowed: 'true with one job as the body, not with a list' }],
    });
    expect((await api.post('/v1/jobs?dryRun=yes', { kind: 'train' })).body.errors[0].field).toBe('dryRun');
    expect((await api.post('/v1/jobs?dryRun=false', { kind: 'train' })).status).toBe(202);
  });

  it('says the place that the job then gets', async () => {
    for (const priority of [0, 5, 5, -3]) await api.submit({ kind: 'train', priority });
    for (const priority of [10, 5, 0, -3, -10]) {
      const { position } = await dry({ priority });
      const { body: job } = await api.submit({ kind: 'train', priority });
      expect(job.position).toBe(position);
      await api.post(`/v1/jobs/${job.id}/cancel`);
    }
  });

  it('knows no times before anything has run, and none without a worker', async () => {
    const unknown = { startsInSeconds: null, endsInSeconds: null, expectedStartAt: null, expectedEndAt: null };
    expect(await dry()).toMatchObject({ reason: 'no-worker', ...unknown });
    await worker.signOn();
    expect(await dry()).toMatchObject({ reason: null, startsInSeconds: 0, endsInSeconds: null, expectedEndAt: null });
    await api.submit();
    expect(await dry()).toMatchObject(unknown);
  });

  it('expects times by the speeds measured, of this batch size or else of another', async () => {
    await measure();
    await worker.signOn();
    const began = Date.now();
    const free = await dry();
    expect(free.startsInSeconds).toBe(0);
    expect(free.endsInSeconds).toBeCloseTo(11);
    expect(Date.parse(free.expectedEndAt ?? '')).toBeGreaterThanOrEqual(began + 11_000);
    expect((await dry({ spec: { ...SPEC, batchSize: 32 } })).endsInSeconds).toBeCloseTo(11);

    // one that runs and has 4 s left, one of 22 s that goes first, one that comes after
    await api.submit({ kind: 'train', spec: SPEC });
    const { attempt } = await worker.take();
    const step = { epoch: 1, step: 1, imagesPerSecond: 250 };
    await attempt.step(
      { ...step, trainLoss: 2, trainAccuracy: 0.1 },
      { ...step, percentage: 60, estimatedRemainingSeconds: 4 },
    );
    await api.submit({ kind: 'train', spec: { ...SPEC, epochs: 2 }, priority: 1 });
    await api.submit({ kind: 'train', spec: SPEC, priority: -1 });
    const behind = await dry();
    expect(behind.position).toBe(2);
    expect(behind.startsInSeconds).toBeCloseTo(4 + 22);
    expect(behind.endsInSeconds).toBeCloseTo(4 + 22 + 11);
  });

  it('goes by a job that runs now where none of its kind has ended', async () => {
    await worker.signOn();
    await api.submit({ kind: 'train', spec: SPEC });
    const { attempt } = await worker.take();
    const step = { epoch: 1, step: 1, imagesPerSecond: 250 };
    await attempt.step(
      { ...step, trainLoss: 2, trainAccuracy: 0.1 },
      { ...step, percentage: 50, estimatedRemainingSeconds: 2 },
    );
    const { startsInSeconds, endsInSeconds } = await dry();
    expect([startsInSeconds, endsInSeconds]).toEqual([2, 2 + 1000 / 250]);
  });

  it('looks at a thousand of those ahead, and takes the others to be like them', async () => {
    await measure();
    const jobs = Array.from({ length: 1000 }, () => ({ kind: 'train', spec: SPEC }));
    for (let i = 0; i < 2; i += 1) expect((await api.post('/v1/jobs', jobs)).status).toBe(207);
    // after that: its sign of life holds for seconds
    await worker.signOn();
    const { position, startsInSeconds } = await dry();
    expect(position).toBe(2001);
    expect(startsInSeconds).toBeCloseTo(2000 * 11);
    expect(await api.redis.zcard(`${PREFIX}:jobs`)).toBe(2001);
  });
});
