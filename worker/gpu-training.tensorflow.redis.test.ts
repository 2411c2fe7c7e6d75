/** Trainings on the queue of the GPUs, on whatever the TensorFlow that is set up computes. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TrainyardClient } from '../api/client.ts';
import type { JobId } from '../shared/jobs.ts';
import { TWELVE_STEPS } from '../shared/testing/jobs.ts';
import { until } from '../shared/testing/processes.ts';
import { liveWorkers } from '../shared/workers.ts';
import { HAS_TENSORFLOW } from './engines/testing/engines-here.ts';
import { isStep, SOME_SECONDS, trainerPid } from './testing/disturbed.ts';
import { startApi } from './testing/watched.ts';
import { startYard, type Yard } from './testing/yard.ts';
import { describeDevice } from './trainer/device.ts';

const SPEC = { ...SOME_SECONDS, epochs: 2 } as const;
const POOL = { WORKER_QUEUES: 'train-gpu' };
const HAS_GPU = existsSync('/proc/driver/nvidia/version');

describe.runIf(HAS_TENSORFLOW)('training on the queue of the GPUs', () => {
  let yard: Yard;
  beforeEach(async () => {
    yard = await startYard();
  });
  afterEach(() => yard.close());

  it('is what auto means, and goes on after SIGTERM on another worker to the same bits', async () => {
    const { url } = await startApi(yard, { GPU_TRAINING: '1' });
    const client = new TrainyardClient({ baseUrl: url });
    const submit = async () => (await client.submit({ kind: 'train', spec: SPEC })).id as JobId;
    const id = await submit();
    expect(await client.get(id)).toMatchObject({
      queue: 'train-gpu',
      reason: 'no-worker',
      spec: { engine: 'tensorflow' },
    });

    const first = await yard.worker('first', POOL);
    await yard.event(id, isStep);
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const [checkpoint] = await yard.store.checkpoints(id);
    expect(checkpoint?.cursor.step, 'it is stopped in mid-epoch').toBeGreaterThan(0);

    await yard.worker('second', POOL);
    const resumed = await yard.bits(id);
    expect(resumed.result.engine).toBe('tensorflow');
    expect((await yard.ended(id)).attempts.map(({ outcome }) => outcome)).toEqual(['given-back', 'completed']);
    expect(await yard.bits(await submit()), 'as if undisturbed').toEqual(resumed);

    const [second] = (await client.workers()).workers;
    const { device, hardware } = second ?? expect.fail();
    expect(second).toMatchObject({ name: 'second', queues: ['train-gpu'] });
    expect(hardware?.name).toBe((await describeDevice(device, undefined)).hardware.name);
    const [last] = await yard.store.checkpoints(id);
    const manifest = await yard.checkpoints.readManifest(id, last?.name ?? expect.fail());
    expect(manifest).toMatchObject({ engine: 'tensorflow', device, hardware });
  });

  it.skipIf(HAS_GPU)(
    'is refused on a CPU where a GPU is required, with what is missing and how to get it',
    async () => {
      const worker = yard.startWorker('no-gpu', { ...POOL, REQUIRE_GPU: '1' });
      expect(await worker.exited).toEqual({ code: 1, signal: null });
      expect(worker.output()).toMatch(
        /REQUIRE_GPU=1: tensorflow finds no GPU that it can use\. .*npm run setup:tensorflow -- --gpu --with-cuda/,
      );
    },
  );

  it('takes no job while the GPU is gone, and goes on once there is one', async () => {
    const file = join(yard.folder, 'gpu');
    writeFileSync(file, '');
    const worker = await yard.worker('frail', { ...POOL, REQUIRE_GPU: '1', GPU_FILE: file });
    rmSync(file);
    process.kill(await trainerPid(yard), 'SIGKILL');
    const view = async () => (await liveWorkers(yard.redis))[0];
    const noGpu = /^REQUIRE_GPU=1: tensorflow finds no GPU that it can use\. /;
    const unready = 'its trainers cannot have the engine for train-gpu';
    await until(async () => (await view())?.unready === unready, { what: 'the worker says that it takes no jobs' });
    const dropped = [{ queue: 'train-gpu', why: expect.stringMatching(noGpu) }];
    expect(await view(), 'why, and what there is instead').toMatchObject({ queues: [], dropped, device: 'cpu' });
    const id = await yard.submit({ ...TWELVE_STEPS, engine: 'tensorflow' }, { queue: 'train-gpu' });
    writeFileSync(file, '');
    const { record } = await yard.ended(id);
    expect(record).toMatchObject({ state: 'completed', failures: 0 });
    await until(async () => (await view())?.unready === null, { what: 'the worker says that it takes jobs' });
    expect(await view()).toMatchObject({ queues: ['train-gpu'], device: 'gpu', dropped: [] });
    expect(worker.child.exitCode).toBeNull();
  });
});
