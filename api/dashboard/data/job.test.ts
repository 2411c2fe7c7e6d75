import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeApi, fakeApi, problem } from './testing/fake-api.ts';

const ID = 'j000000001aaaaaaaaaa';
const view = { id: ID, kind: 'train', state: 'active', progress: null };
const row = (epoch: number) => ({ epoch, trainLoss: 1 / epoch });

let fake: FakeApi;
let live: ReturnType<typeof import('./job.ts').createLiveJob>['live'];
let end: () => void;

beforeEach(async () => {
  fake = fakeApi();
  const created = (await import('./job.ts')).createLiveJob(ID);
  live = created.live;
  end = created.show();
  await fake.answer(`/v1/jobs/${ID}/metrics`, { epochs: [] });
  await fake.answer(`/v1/jobs/${ID}`, view);
});
afterEach(() => {
  end();
  fake.restore();
});

test('told that it was deleted, it is gone at once, and nothing more is asked for it', async () => {
  expect(live.job.value?.state).toBe('active');
  fake.tell('state', { state: 'cancelled' });
  fake.tell('removed');
  expect(live.isMissing.value).toBe(true);
  const { length } = fake.asked;
  await fake.pass(60_000);
  expect(fake.asked).toHaveLength(length);
});

test('an API that is slow is not asked again before it has answered', async () => {
  await fake.pass(10_000);
  expect(fake.open.size).toBe(1);
  await fake.answer(`/v1/jobs/${ID}`, view);
  await fake.pass(1000);
  expect(fake.open.size).toBe(1);
});

test('an epoch that a look finds is one whose checkpoint may be new', async () => {
  const { value } = live.checkpoints;
  await fake.pass(1000);
  await fake.answer(`/v1/jobs/${ID}`, { ...view, progress: { epoch: 2 } });
  expect(live.checkpoints.value).toBeGreaterThan(value);
});

test('a look that gets no answer is given up, and the next one is made', async () => {
  await fake.pass(1000);
  const [hung] = fake.open;
  await fake.pass(11_000);
  expect(fake.open).not.toContain(hung);
  await fake.answer(`/v1/jobs/${ID}`, { ...view, state: 'completed' });
  expect(live.job.value?.state).toBe('completed');
});

test('a job that has ended stays so, and its epochs stay, however late an answer of before comes', async () => {
  live.reload();
  const [lateView, lateMetrics] = fake.open;
  live.reload();
  const [, , newerView, newerMetrics] = fake.open;
  await newerMetrics?.answer(200, { epochs: [row(1), row(2)] });
  await newerView?.answer(200, { ...view, state: 'completed' });
  await lateMetrics?.answer(200, { epochs: [row(1)] });
  await lateView?.answer(200, view);
  expect(live.job.value?.state).toBe('completed');
  expect(live.epochs.value).toEqual([row(1), row(2)]);
});

test('a view is not as old as the epochs that were asked for with it', async () => {
  live.reload();
  const [lateView, lateMetrics] = fake.open;
  await lateView?.answer(200, view);
  fake.tell('state', { state: 'completed' });
  await fake.pass(200);
  await [...fake.open].find((one) => one !== lateMetrics)?.answer(200, { ...view, state: 'completed' });
  await lateMetrics?.answer(200, { epochs: [row(1)] });
  expect(live.job.value?.state).toBe('completed');
  expect(live.epochs.value).toEqual([row(1)]);
});

test('an epoch of which one hears stays, though an answer from before it comes later', async () => {
  live.reload();
  fake.tell('epoch', row(2));
  await fake.pass(200);
  await fake.answer(`/v1/jobs/${ID}/metrics`, { epochs: [row(1)] });
  await fake.answer(`/v1/jobs/${ID}`, view);
  expect(live.epochs.value.map(({ epoch }) => epoch)).toEqual([1, 2]);
});

test("a proxy's stray 404 does not end it", async () => {
  await fake.pass(1000);
  await fake.answer(`/v1/jobs/${ID}`, '<h1>Not Found</h1>', 404);
  expect(live.isMissing.value).toBe(false);
  await fake.pass(1000);
  await fake.answer(`/v1/jobs/${ID}`, { ...view, state: 'completed' });
  expect(live.job.value?.state).toBe('completed');
});

test('while it is deleted its checkpoints are not asked for, and what is on its way is broken off; refused, they are', async () => {
  const { signal } = new AbortController();
  const onItsWay = live.loadCheckpoints(signal).catch(() => 'broken off');
  const round = live.checkpoints.value;
  const removal = live.remove();
  expect(await onItsWay).toBe('broken off');
  expect(await live.loadCheckpoints(signal).catch(() => 'not asked')).toBe('not asked');
  expect([...fake.open].map(({ method }) => method)).toEqual(['DELETE']);

  await Promise.all([
    expect(removal).rejects.toThrow('job-referenced'),
    fake.answer(`/v1/jobs/${ID}`, problem(409, 'job-referenced'), 409),
  ]);
  expect(live.checkpoints.value).toBeGreaterThan(round);
  const asked = live.loadCheckpoints(signal);
  await fake.answer(`/v1/jobs/${ID}/checkpoints`, { checkpoints: [] });
  expect(await asked).toEqual({ checkpoints: [] });
});

test('checkpoints of which a newer list is wanted are not waited for', async () => {
  const controller = new AbortController();
  const asked = live.loadCheckpoints(controller.signal).catch(() => 'broken off');
  controller.abort();
  expect(await asked).toBe('broken off');
  expect(fake.open.size).toBe(0);
});
