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
