/** Checkpoints read while a worker makes and deletes them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CheckpointName } from '../shared/checkpoints/name.ts';
import type { JobId } from '../shared/jobs.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { commitEpoch, createFakeWorker, type FakeWorker } from './testing/fake-worker.ts';

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

it.each([
  ['application/json', 'readManifest'],
  ['application/vnd.safetensors', 'readData'],
] as const)(
  'the last one, asked for as %s, is there though its worker deletes it between choosing and %s',
  async (accept, method) => {
    const { id, spec } = (await api.submit()).body;
    const taken = await worker.take();
    const commit = (epoch: number) => commitEpoch(taken, { store: api.checkpoints, spec, epoch, best: true });
    const first = (await commit(1)).name;

    // The worker's next checkpoint comes at the worst moment: just before the one that was chosen is read.
    const read = api.checkpoints[method];
    let second = '';
    let isFirstRead = true;
    Object.assign(api.checkpoints, {
      [method]: async (jobId: JobId, name: CheckpointName) => {
        if (isFirstRead) {
          isFirstRead = false;
          second = (await commit(2)).name;
          await taken.attempt.forgetCheckpoints([first]);
          await api.checkpoints.remove(taken.id, CheckpointName.parse(first));
        }
        return read(jobId, name);
      },
    });
    const answer = await api.get(`/v1/jobs/${id}/checkpoints/last`, { accept });
    Object.assign(api.checkpoints, { [method]: read });

    expect(answer.status).toBe(200);
    const named = answer.headers.get('content-disposition') ?? answer.body.name;
    expect(named).toContain(second);
  },
);

it('are not damaged, but gone, once their job is being deleted', async () => {
  const { id, spec } = (await api.submit()).body;
  const taken = await worker.take();
  await commitEpoch(taken, { store: api.checkpoints, spec, epoch: 1, best: true });
  await taken.attempt.fail('loss-not-finite', 'the loss is NaN', true);

  // The files go before the record; in between, whoever reads finds one without the other.
  const { removeJob } = api.checkpoints;
  const image = Array.from({ length: 784 }, () => 0);
  let between: { status: number; body: unknown }[] = [];
  Object.assign(api.checkpoints, {
    removeJob: async (jobId: JobId) => {
      await removeJob(jobId);
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ checkpoint: { jobId }, image });
      between = await Promise.all([
        api.request('/v1/predict', { method: 'POST', headers, body }),
        api.get(`/v1/jobs/${id}/checkpoints/best`),
      ]);
    },
  });
  const deleted = await api.request(`/v1/jobs/${id}`, { method: 'DELETE' });
  Object.assign(api.checkpoints, { removeJob });

  expect(deleted.status).toBe(204);
  const gone = { status: 404, body: { code: 'checkpoint-not-found' } };
  expect(between).toMatchObject([gone, gone]);
});
