import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobId } from '../shared/jobs.ts';
import { createReconciler } from './reconciler.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { createFakeWorker, type FakeWorker } from './testing/fake-worker.ts';
import { createMending } from './testing/mending.ts';

const GRACE_MS = 300;

let api: TestApiWithRedis;
let worker: FakeWorker;
beforeEach(async () => {
  api = await startTestApiWithRedis();
  worker = createFakeWorker(api.server.url);
});
afterEach(async () => {
  await worker.close();
  await api.close();
});

const stats = (queue = 'train-cpu') => api.client.queueStats(queue);
const submit = async () => (await api.client.submit({ kind: 'train' })).id as JobId;

it('the stats of an empty queue want no worker', async () => {
  const empty = { paused: false, waiting: 0, active: 0, delayed: 0, oldestWaitingSeconds: null, desiredWorkers: 0 };
  expect(await stats()).toEqual({ name: 'train-cpu', slotsPerWorker: 2, ...empty });
  expect(await stats('train-gpu')).toEqual({ name: 'train-gpu', slotsPerWorker: 2, ...empty });
  expect(await stats('eval')).toEqual({ name: 'eval', slotsPerWorker: 1, ...empty });
});

it('every job that has not ended wants a slot, waiting, running or between two attempts', async () => {
  for (let i = 0; i < 4; i += 1) await submit();
  expect(await stats()).toMatchObject({ waiting: 4, active: 0, delayed: 0, desiredWorkers: 2 });
  const failing = await worker.take();
  await failing.attempt.fail('trainer-died', 'killed', false);
  await failing.queued.moveToFailed(new Error('killed'), failing.token);
  await worker.take();
  expect(await stats()).toMatchObject({ waiting: 2, active: 1, delayed: 1, desiredWorkers: 2 });
  await submit();
  expect(await stats()).toMatchObject({ waiting: 3, active: 1, delayed: 1, desiredWorkers: 3 });
});

it('a paused queue wants workers for its running jobs alone, and its other jobs say what they wait for', async () => {
  for (let i = 0; i < 4; i += 1) await submit();
  await worker.signOn();
  await worker.take();
  const [waiting] = (await api.client.list({ state: 'waiting' })).jobs;
  const reason = async () => (await api.client.get(waiting?.id ?? '')).reason;
  expect(await reason()).toBeNull();

  await api.queues['train-cpu'].pause();
  expect(await stats()).toMatchObject({ paused: true, waiting: 3, active: 1, desiredWorkers: 1 });
  expect(await stats('eval')).toMatchObject({ paused: false });
  expect(await reason()).toBe('queue-paused');
  expect(await api.client.dryRun({ kind: 'train' })).toMatchObject({ reason: 'queue-paused', startsInSeconds: null });

  await api.queues['train-cpu'].resume();
  expect(await stats()).toMatchObject({ paused: false, desiredWorkers: 2 });
  expect(await reason()).toBeNull();
});

it('the oldest waiting job is the one that has waited longest since it was submitted or came back', async () => {
  const before = Date.now();
  const [first, second] = [await submit(), await submit()];
  const oldest = async () => ((await stats()).oldestWaitingSeconds ?? Number.NaN) * 1000;
  const sinceAll = await oldest();
  expect(sinceAll).toBeGreaterThanOrEqual(0);
  expect(sinceAll).toBeLessThanOrEqual(Date.now() - before);

  const taken = await worker.take();
  expect(taken.id).toBe(first);
  await api.client.cancel(second);
  expect((await stats()).oldestWaitingSeconds).toBeNull();

  const returnedAt = Date.now();
  await taken.attempt.giveBack('the worker stops');
  await taken.queued.moveToWait(taken.token);
  expect(await oldest()).toBeLessThanOrEqual(Date.now() - returnedAt);
  expect(await stats()).toMatchObject({ waiting: 1, active: 0 });
});

it("a dead worker's job wants a worker, also once it was found dead and while no worker lives", async () => {
  const id = await submit();
  await worker.diesWith(await worker.take());
  expect(await stats()).toMatchObject({ active: 1, desiredWorkers: 1, oldestWaitingSeconds: null });
  const newReconciler = () => createReconciler({ ...api, everyMs: 20, graceMs: GRACE_MS });
  const { mended } = createMending(newReconciler, GRACE_MS);
  await mended('it is found dead', async () => (await api.client.get(id)).state === 'waiting');
  expect(await stats()).toMatchObject({ waiting: 0, active: 1, desiredWorkers: 1 });
  expect((await stats()).oldestWaitingSeconds).not.toBeNull();
});

it('a queue that is none of ours is refused with those that are', async () => {
  await expect(stats('train-tpu')).rejects.toMatchObject({
    status: 404,
    code: 'queue-not-found',
    problem: { detail: 'there is no queue train-tpu; the queues are train-cpu, train-gpu, eval' },
  });
});
