/** Checkpoints read while a worker makes and deletes them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CheckpointName } from '../shared/checkpoints/manifest.ts';
import { until } from '../shared/testing/processes.ts';
import { startTestRedis, type TestRedis } from '../shared/testing/redis.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { commitEpoch, createFakeWorker, type FakeWorker } from './testing/fake-worker.ts';

const EPOCHS = 60;

let redis: TestRedis;
let api: TestApi;
let worker: FakeWorker;
beforeAll(async () => {
  redis = await startTestRedis();
  api = await startTestApi(redis.url);
  worker = createFakeWorker(redis.url);
  await until(() => api.redis.status === 'ready', { what: 'the connection is there' });
});
afterAll(async () => {
  await worker.close();
  await api.close();
  await redis.stop();
});

it('`last` of a running job is always there, though each is deleted as soon as the next is committed', async () => {
  const { id, spec } = (await api.submit()).body;
  const taken = await worker.take();
  const commit = (epoch: number) => commitEpoch(taken, { store: api.checkpoints, spec, epoch, best: true });
  let last = (await commit(1)).name;
  let isTraining = true;

  async function train(): Promise<void> {
    for (let epoch = 2; epoch <= EPOCHS; epoch++) {
      const before = last;
      last = (await commit(epoch)).name;
      await taken.attempt.forgetCheckpoints([before]);
      await api.checkpoints.remove(taken.id, CheckpointName.parse(before));
    }
    isTraining = false;
  }
  async function read(accept: string): Promise<number[]> {
    const statuses: number[] = [];
    while (isTraining) statuses.push((await api.get(`/v1/jobs/${id}/checkpoints/last`, { accept })).status);
    return statuses;
  }

  const [, manifests, files] = await Promise.all([
    train(),
    read('application/json'),
    read('application/vnd.safetensors'),
  ]);
  expect(manifests.length + files.length).toBeGreaterThan(EPOCHS / 2);
  expect(new Set([...manifests, ...files])).toEqual(new Set([200]));
});
