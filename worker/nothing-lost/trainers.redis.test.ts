/** Nothing is lost when trainers die, hang, cannot start or are told to stop a job, and jobs that cannot succeed end. */
import { readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TWELVE_STEPS } from '../../shared/testing/jobs.ts';
import { until } from '../../shared/testing/processes.ts';
import { expectWithin, msOf } from '../../shared/testing/within.ts';
import { liveWorkers, servesQueue } from '../../shared/workers.ts';
import {
  isAlive,
  isCheckpoint,
  isEpoch,
  isStep,
  SOME_SECONDS,
  spoilImages,
  trainerPid,
  undisturbed,
} from '../testing/disturbed.ts';
import { startWorker, trainersReplaced } from '../testing/watched.ts';
import { startYard, type Yard } from '../testing/yard.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await startYard();
});
afterEach(() => yard.close());

describe('a trainer', () => {
  it('killed spends one failure; the worker lives, replaces it, and the bits are the same', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const worker = await yard.worker('worker');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(1));
    process.kill(await trainerPid(yard), 'SIGKILL');
    await yard.reached(id, 'delayed');

    expect(await yard.bits(id)).toEqual(expected);
    const { record, attempts } = await yard.ended(id);
    expect(record).toMatchObject({ failures: 1, error: null });
    expect(attempts).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('SIGKILL') },
      { outcome: 'completed' },
    ]);
    expect(worker.child.exitCode).toBeNull();
  });

  it('whose engine has failed is replaced, for it may go on failing', async () => {
    const expected = await undisturbed(yard, TWELVE_STEPS);
    const worker = await yard.worker('worker', { NO_MEMORY_STEP: '9' });
    const id = await yard.submit(TWELVE_STEPS);
    expect(await yard.bits(id)).toEqual(expected);
    const { attempts } = await yard.ended(id);
    expect(attempts).toMatchObject([{ outcome: 'failed' }, { outcome: 'completed' }]);
    expect(attempts[0]?.reason).toMatch(/a smaller batchSize.*OOM when allocating/);
    expect(worker.output()).toContain('a trainer is gone and is replaced');
  });

  it('that has done its jobs is closed, and a fresh one does the next', async () => {
    const worker = await yard.worker('worker', { TRAINER_MAX_JOBS: '2', WORKER_QUEUES: 'train-cpu' });
    const pids: number[] = [];
    for (let job = 0; job < 5; job += 1) {
      await yard.bits(await yard.submit({ ...TWELVE_STEPS, seed: job }));
      const [live] = await until(
        async () => {
          const trainers = (await liveWorkers(yard.redis))[0]?.trainers ?? [];
          return trainers.length === 1 && trainers.every(isAlive) && trainers;
        },
        { what: 'the worker has told of its one trainer, which lives' },
      );
      pids.push(live ?? Number.NaN);
    }
    expect(new Set(pids).size).toBe(3);
    expect(worker.output(), 'none was lost').not.toContain('a trainer is gone');
  });

  it('may take longer to open an engine than to do a step, and what it says while it gets ready stands in the log', async () => {
    const worker = await yard.worker('worker', { HANG_MS: '2000', OPENING_MS: '2200', NOTICE: 'op by op' });
    expect(worker.output()).toMatch(/"level":40.*"msg":"op by op"/);
    const id = await yard.submit({ ...TWELVE_STEPS, engine: 'wasm' });
    expect((await yard.event(id, isStep)).attempt).toBe(1);
  });

  it('that hangs is killed and replaced, and one failure spent', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const worker = await startWorker(yard, 'worker', { HANG_MS: '5000' });
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isCheckpoint);
    const hung = await trainerPid(yard);
    process.kill(hung, 'SIGSTOP');
    await yard.reached(id, 'delayed');

    await until(() => !isAlive(hung), { what: 'the hung trainer is gone' });
    expect(await yard.bits(id)).toEqual(expected);
    expect(worker.process.output()).toMatch(
      /"how":"the trainer did nothing for 5 s and was killed".*a trainer is gone/,
    );
    expect(await trainersReplaced(worker)).toBe(1);
    const { record, attempts } = await yard.ended(id);
    expect(record.failures).toBe(1);
    expect(attempts).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('5 s') },
      { outcome: 'completed' },
    ]);
  });
});

it.runIf(process.platform === 'linux')('a trainer has none of the secrets of its worker', async () => {
  await yard.worker('worker', { REDIS_PASSWORD: 'a-secret', AWS_SECRET_ACCESS_KEY: 'a-secret', NPM_TOKEN: 'a-secret' });
  const environment = readFileSync(`/proc/${await trainerPid(yard)}/environ`, 'utf8');
  expect(environment).toContain(`DATA_DIR=${yard.folder}`);
  expect(environment).not.toContain('a-secret');
});

describe('a worker whose trainer cannot get ready', () => {
  it('says why, takes no job, and does not count as one that could', async () => {
    spoilImages(yard);
    const worker = yard.startWorker('broken');
    const id = await yard.submit(TWELVE_STEPS);
    await until(() => worker.output().includes('could not get ready'), { what: 'the worker says so' });
    expect(worker.output()).toContain('train-images-idx3-ubyte');
    const [view] = await until(
      async () => {
        const views = await liveWorkers(yard.redis);
        return views.length > 0 && views;
      },
      { what: 'the worker beats' },
    );
    expect(view).toMatchObject({ name: 'broken', state: 'starting', running: [] });
    expect(servesQueue(view ? [view] : [], 'train-cpu')).toBe(false);
    expect((await yard.store.get(id))?.record).toMatchObject({ state: 'waiting', attempt: 0 });
    worker.kill('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a job whose worker cannot replace its trainer', () => {
  it('is not held by it: the attempt fails with the reason, and another follows', async () => {
    const worker = await yard.worker('worker');
    const images = spoilImages(yard);
    process.kill(await trainerPid(yard), 'SIGKILL');
    await until(() => worker.output().includes('a trainer is gone'), { what: 'the worker has noticed' });
    const id = await yard.submit(TWELVE_STEPS);
    await yard.reached(id, 'delayed');
    rmSync(images, { recursive: true });
    await yard.bits(id);
    expect((await yard.ended(id)).attempts[0]).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('train-images-idx3-ubyte'),
    });
  });
});

describe('cancelling', () => {
  it('ends a running job within two seconds, a waiting one at once, and both can be retried', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    await yard.worker('worker');
    await expectWithin(2000, async () => {
      const running = await yard.submit(SOME_SECONDS);
      const waiting = await yard.submit(SOME_SECONDS);
      await yard.event(running, isCheckpoint);
      expect((await yard.control.cancel(waiting)).record.state).toBe('cancelled');
      expect(await yard.queues['train-cpu'].getJob(waiting)).toBeUndefined();

      const cancelMs = await msOf(async () => {
        await yard.control.cancel(running);
        await yard.reached(running, 'cancelled');
      });
      // With BullMQ's half a retry waits for a second, and would leave the rest to the reconciler, which is not here.
      await until(async () => (await yard.queues['train-cpu'].getActiveCount()) === 0, {
        what: 'the worker leaves it',
      });
      await yard.control.retry(running);
      await yard.reached(running, 'completed');
      expect(await yard.bits(running)).toEqual(expected);
      return cancelMs;
    });
  });

  it('reaches the worker also when the broadcast does not', async () => {
    await yard.worker('worker');
    await expectWithin(2500, async () => {
      const id = await yard.submit({ ...SOME_SECONDS, epochs: 1000 });
      await yard.event(id, isStep);
      return msOf(async () => {
        expect((await yard.store.cancel(id)).state).toBe('active');
        await yard.reached(id, 'cancelled');
      });
    });
  });
});

describe('a job that cannot succeed', () => {
  it('fails at once when its loss is not finite, saying the step and the last good checkpoint', async () => {
    await yard.worker('worker', { POISON_STEP: '6' });
    const id = await yard.submit(TWELVE_STEPS);
    const { record, attempts } = await yard.ended(id);
    expect(record).toMatchObject({ state: 'failed', failures: 1, error: { code: 'loss-not-finite' } });
    expect(record.error?.message).toMatch(/epoch 2, step 2 is not finite.*\(checkpoint e0001-s00000-a001\)/);
    expect(attempts).toHaveLength(1);
  });

  it('fails for good when its maxSeconds are over, with a checkpoint to go on from', async () => {
    await yard.worker('worker');
    const id = await yard.submit({ ...SOME_SECONDS, epochs: 1000, maxSeconds: 5 });
    const { record } = await yard.ended(id);
    expect(record).toMatchObject({ state: 'failed', error: { code: 'max-seconds-passed' } });
    expect(record.checkpoint).not.toBeNull();
  });
});
