import { describe, expect, it } from 'vitest';
import type { EngineFacts } from '../shared/engines.ts';
import type { CommittedCheckpoint, Job } from '../shared/job-record.ts';
import { JobRequest, newJobId } from '../shared/jobs.ts';
import { newJob, trainSpec } from '../shared/testing/jobs.ts';
import { type SettleDeps, settle } from './settle.ts';

const request = (spec: object = {}, more: object = {}) => JobRequest.parse({ kind: 'train', spec, ...more });
const refusing: EngineFacts = {
  trainQueue: 'train-cpu',
  isEverywhere: true,
  refusal: () => 'this engine has no such layer',
};
/** These requests refer to no other job. */
const store: SettleDeps['store'] = {
  get: () => expect.unreachable(),
  keptCheckpoints: () => expect.unreachable(),
};
const deps = { store, gpuTraining: false };

describe('settling a request', () => {
  it('chooses engine and queue, and gives every tag once', async () => {
    const job = await settle(request({}, { tags: ['a', 'b', 'a'], priority: 3 }), deps);
    expect(job).toMatchObject({ queue: 'train-cpu', spec: { engine: 'simd' }, tags: ['a', 'b'], priority: 3 });
    expect((await settle(request(), deps)).id).not.toBe((await settle(request(), deps)).id);
  });

  it.each(['auto', 'simd'])(
    'refuses a spec with engine %s that no engine can compute, with the reason of each',
    async (engine) => {
      const attempt = settle(request({ engine }), {
        ...deps,
        engines: { simd: refusing, tensorflow: refusing, wasm: refusing },
      });
      await expect(attempt).rejects.toMatchObject({ status: 422, code: 'engine-unavailable' });
      await expect(attempt).rejects.toThrow('simd: this engine has no such layer');
    },
  );

  it('trains on the queue of the GPUs where the deployment says so, and says how to where it does not', async () => {
    const onGpus = { store, gpuTraining: true };
    for (const engine of ['auto', 'tensorflow']) {
      expect(await settle(request({ engine }), onGpus)).toMatchObject({
        queue: 'train-gpu',
        spec: { engine: 'tensorflow' },
      });
    }
    expect(await settle(request({ engine: 'simd' }), onGpus)).toMatchObject({ queue: 'train-cpu' });
    await expect(settle(request({ engine: 'tensorflow' }), deps)).rejects.toMatchObject({
      status: 422,
      code: 'engine-unavailable',
      faults: [{ field: 'spec.engine', value: 'tensorflow', allowed: expect.stringContaining('GPU_TRAINING=1') }],
    });
  });

  it('sends an evaluation to what every worker has, whatever trained its checkpoint', async () => {
    const jobId = newJobId();
    const entry = { name: 'e0001-s00000-a001', cursor: { epoch: 1, step: 0 } } as CommittedCheckpoint;
    const trained = newJob({ id: jobId, queue: 'train-gpu', spec: trainSpec({ engine: 'tensorflow' }) });
    const onGpus = {
      gpuTraining: true,
      store: {
        get: async () => ({ record: trained }) as unknown as Job,
        keptCheckpoints: async () => ({ best: entry.name, last: entry.name, checkpoints: [entry] }),
      },
    };
    const evaluation = (spec: object = {}) =>
      JobRequest.parse({ kind: 'eval', spec: { checkpoint: { jobId, epoch: 'best' }, ...spec } });
    expect(await settle(evaluation(), onGpus)).toMatchObject({ queue: 'eval', spec: { engine: 'simd' } });
    await expect(settle(evaluation({ engine: 'tensorflow' }), onGpus)).rejects.toMatchObject({
      code: 'engine-unavailable',
      faults: [{ field: 'spec.engine', allowed: expect.stringContaining('take auto') }],
    });
  });
});
