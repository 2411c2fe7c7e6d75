import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeApi, fakeApi, problem } from './testing/fake-api.ts';

const [TRAINING, EVALUATION, NOWHERE] = ['j000000001aaaaaaaaaa', 'j000000002aaaaaaaaaa', 'j000000003aaaaaaaaaa'];
const IDS = [TRAINING, EVALUATION, NOWHERE] as string[];
const job = { id: TRAINING, kind: 'train', state: 'active' };
const row = (epoch: number) => ({ epoch, trainLoss: 1 / epoch });

let fake: FakeApi;
let compared: ReturnType<typeof import('./compared-jobs.ts').createComparedJobs>['compared'];
let end: () => void;

beforeEach(async () => {
  fake = fakeApi();
  const created = (await import('./compared-jobs.ts')).createComparedJobs();
  compared = created.compared;
  created.show(IDS);
  end = created.start();
  await fake.answer(`/v1/jobs/${EVALUATION}/metrics`, { epochs: [] });
  await fake.answer(`/v1/jobs/${EVALUATION}`, { id: EVALUATION, kind: 'eval' });
  await fake.answer(`/v1/jobs/${NOWHERE}/metrics`, problem(404, 'job-not-found'), 404);
  await fake.answer(`/v1/jobs/${NOWHERE}`, problem(404, 'job-not-found'), 404);
  await answerTraining();
});
afterEach(() => {
  end();
  fake.restore();
});

const shownEpochs = () => {
  const found = compared.found.value.get(TRAINING as string);
  return typeof found === 'object' ? found.epochs.map(({ epoch }) => epoch) : found;
};

async function answerTraining(): Promise<void> {
  await fake.answer(`/v1/jobs/${TRAINING}/metrics`, { epochs: [] });
  await fake.answer(`/v1/jobs/${TRAINING}`, job);
}

test('what is gone, or no train job, is not asked for again', async () => {
  expect([...compared.found.value]).toEqual([
    [TRAINING, { job, epochs: [] }],
    [EVALUATION, 'eval'],
    [NOWHERE, 'missing'],
  ]);
  fake.asked.length = 0;
  compared.reload();
  expect(fake.asked.map(({ path }) => path)).toEqual([`/v1/jobs/${TRAINING}`, `/v1/jobs/${TRAINING}/metrics`]);
});

test('a job of which one hears that it ended and was deleted is gone at once, and not asked for', async () => {
  fake.asked.length = 0;
  fake.tell('state', { jobId: TRAINING, state: 'cancelled' });
  fake.tell('removed', { jobId: TRAINING });
  expect(compared.found.value.get(TRAINING as string)).toBe('missing');
  await fake.pass(60_000);
  expect(fake.asked).toEqual([]);
});

test('an answer from before it was deleted does not bring a job back', async () => {
  compared.reload();
  fake.tell('removed', { jobId: TRAINING });
  await answerTraining();
  expect(compared.found.value.get(TRAINING as string)).toBe('missing');
});

test('a job that is completed stays so, and its epochs stay, however late an answer of before comes', async () => {
  compared.reload();
  const [lateView, lateMetrics] = fake.open;
  fake.tell('state', { jobId: TRAINING, state: 'completed' });
  await fake.pass(200);
  const [, , view, metrics] = fake.open;
  await metrics?.answer(200, { epochs: [row(1), row(2)] });
  await view?.answer(200, { ...job, state: 'completed' });
  await lateMetrics?.answer(200, { epochs: [row(1)] });
  await lateView?.answer(200, job);
  expect(compared.found.value.get(TRAINING as string)).toMatchObject({ job: { state: 'completed' } });
  expect(shownEpochs()).toEqual([1, 2]);
});

test('an epoch of which one hears stays, though an answer from before it comes later', async () => {
  compared.reload();
  fake.tell('epoch', { jobId: TRAINING, ...row(2) });
  await fake.pass(200);
  await fake.answer(`/v1/jobs/${TRAINING}/metrics`, { epochs: [row(1)] });
  await fake.answer(`/v1/jobs/${TRAINING}`, job);
  expect(shownEpochs()).toEqual([1, 2]);
});

test("a proxy's stray 404 does not make a job missing", async () => {
  compared.reload();
  await fake.answer(`/v1/jobs/${TRAINING}/metrics`, { epochs: [] });
  await fake.answer(`/v1/jobs/${TRAINING}`, '<h1>Not Found</h1>', 404);
  expect(compared.found.value.get(TRAINING as string)).toEqual({ job, epochs: [] });
  compared.reload();
  await answerTraining();
  expect(compared.error.value).toBe(null);
});
