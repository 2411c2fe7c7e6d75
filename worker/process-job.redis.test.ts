/** What each outcome of an attempt becomes, in the record and for BullMQ. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnrecoverableError, WaitingError } from 'bullmq';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCheckpointStore } from '../shared/checkpoints/open-store.ts';
import { sampleCheckpoint } from '../shared/checkpoints/testing/sample.ts';
import { Cancelled, Interrupted, LockLost, PermanentError, RetryableError } from '../shared/errors.ts';
import type { NewJob } from '../shared/job-record.ts';
import { NO_ENGINE_BUDGET } from '../shared/jobs.ts';
import { keys } from '../shared/keys.ts';
import { createLogger } from '../shared/process.ts';
import { result, useRecords } from '../shared/testing/records.ts';
import { createLeases } from './lease.ts';
import { createProcessor } from './process-job.ts';
import { createRunAttempt, type RunAttempt } from './run-attempt.ts';
import { createStoreWatch, type StoreWatch } from './store-watch.ts';
import type { TrainerPool } from './trainer/pool.ts';
import type { Trainer } from './trainer/trainer.ts';
import type { TrainerJob } from './trainer/trainer-job.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

const TOKEN = 'token';
const SHOWN = { testAccuracy: result.test.accuracy, parametersSha256: result.parametersSha256 };

const records = useRecords();
let job: NewJob;
let handedBack: number;
/** Why this worker was to leave the queue to others; null if it is not to: another engine serves it too. */
let left: string[] | null;
/** What the store answers when it is asked. */
let check: () => Promise<void>;
let storeWatch: StoreWatch;

beforeEach(async () => {
  handedBack = 0;
  left = [];
  check = async () => {};
  const logger = createLogger('test', 'silent');
  storeWatch = createStoreWatch({ checkpoints: { check: () => check() }, onAway() {}, onBack() {}, logger });
  job = await records.submitted();
  await records.lockFor(job, TOKEN);
});

afterEach(() => storeWatch.close());

/** A processor whose attempts end as `run` says. */
function processorOf(run: RunAttempt, isResting: (running: number) => boolean) {
  return createProcessor({
    redis: records.redis,
    store: records.store,
    queue: job.queue,
    worker: 'worker',
    runAttempt: run,
    open: createLeases(15_000).open,
    isResting,
    leaves: (why) => left?.push(why) !== undefined,
    storeWatch,
    metrics: createWorkerMetrics(new Registry()),
    logger: createLogger('test', 'silent'),
  });
}

/** Hands the job to it; gives what BullMQ is told. */
async function handed(process: ReturnType<typeof processorOf>, attemptsMade = 0): Promise<unknown> {
  const queued = {
    id: job.id,
    attemptsMade,
    moveToWait: async () => {
      handedBack += 1;
    },
  };
  return process(queued as unknown as Parameters<typeof process>[0], TOKEN).catch((error: unknown) => error);
}

const processed = (run: RunAttempt, { isResting = false, attemptsMade = 0 } = {}) =>
  handed(
    processorOf(run, () => isResting),
    attemptsMade,
  );

const failing = (error: Error) => () => Promise.reject(error);
const recordOf = async () => (await records.store.get(job.id))?.record;

it('an attempt whose checkpoint is stored has been served by the store, whatever becomes of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-attempt-'));
  const onStored = vi.fn();
  const device = { type: 'cpu', hardware: { name: 'CPU', memoryBytes: null, driver: null, cuda: null } } as const;
  const trainer = {
    device,
    async run({ onCheckpoint }: Pick<TrainerJob, 'onCheckpoint'>) {
      await onCheckpoint(sampleCheckpoint(1));
      expect(onStored).toHaveBeenCalledTimes(1);
      throw new RetryableError('trainer-died', 'exit code 1');
    },
  } as unknown as Trainer;
  const runAttempt = createRunAttempt({
    ...{ redis: records.redis, store: records.store, checkpoints: openCheckpointStore(folder), onStored },
    trainers: { use: (_signal, work) => work(trainer) } as TrainerPool,
    ...{ metrics: createWorkerMetrics(new Registry()), logger: createLogger('test', 'silent') },
  });
  try {
    expect(await processed(runAttempt)).toEqual(new Error('exit code 1'));
    expect(onStored).toHaveBeenCalledTimes(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('an attempt that', () => {
  it('is done completes the job', async () => {
    expect(await processed(async () => result)).toEqual(SHOWN);
    expect(await recordOf()).toMatchObject({ state: 'completed', result });
  });

  it('was cancelled ends it, never to be retried by BullMQ', async () => {
    expect(await processed(failing(new Cancelled()))).toBeInstanceOf(UnrecoverableError);
    expect(await recordOf()).toMatchObject({ state: 'cancelled', failures: 0 });
  });

  it('was interrupted gives it back without a failure', async () => {
    expect(await processed(failing(new Interrupted('SIGTERM')))).toBeInstanceOf(WaitingError);
    expect(await recordOf()).toMatchObject({ state: 'waiting', failures: 0 });
    expect(handedBack).toBe(1);
  });

  it('cannot have its engine gives it back without a failure, and has the worker drop the queue', async () => {
    const why = 'the engine tensorflow cannot be used here: file too short';
    expect(await processed(failing(new RetryableError('engine-unavailable', why)))).toBeInstanceOf(WaitingError);
    expect(await recordOf()).toMatchObject({ state: 'waiting', failures: 0 });
    expect((await records.store.get(job.id))?.attempts).toMatchObject([{ outcome: 'given-back', reason: why }]);
    expect({ handedBack, left }).toEqual({ handedBack: 1, left: [why] });
  });

  it.each([
    ['was interrupted', new Interrupted('SIGTERM')],
    ['cannot have its engine', new RetryableError('engine-unavailable', 'file too short')],
  ])('%s after the user has asked to cancel it cancels it, in BullMQ too', async (_why, error) => {
    const told = await processed(async () => {
      await records.store.cancel(job.id);
      throw error;
    });
    expect(told).toEqual(new UnrecoverableError('cancelled by the user'));
    expect(await recordOf()).toMatchObject({ state: 'cancelled' });
    expect(handedBack).toBe(0);
  });

  it('cannot have its engine for the tenth time fails it', async () => {
    await records.redis.hset(keys.job(job.id), 'withoutEngine', NO_ENGINE_BUDGET - 1);
    const unavailable = failing(new RetryableError('engine-unavailable', 'killed by SIGSEGV'));
    expect(await processed(unavailable)).toBeInstanceOf(UnrecoverableError);
    expect(await recordOf()).toMatchObject({ state: 'failed', error: { code: 'engine-unavailable' } });
    expect(handedBack).toBe(0);
  });

  it('cannot have one of the engines of a queue that has others spends a failure', async () => {
    left = null;
    await processed(failing(new RetryableError('engine-unavailable', 'the engine wasm cannot be used here')));
    expect(await recordOf()).toMatchObject({ state: 'delayed', failures: 1, error: { code: 'engine-unavailable' } });
    expect(handedBack).toBe(0);
  });

  it('was interrupted while the store could not take its checkpoint spends no failure either', async () => {
    const told = await processed(async ({ stop }) => {
      stop.abort(new Interrupted('SIGTERM'));
      throw new RetryableError('store-unavailable', 'no space left');
    });
    expect(told).toBeInstanceOf(WaitingError);
    expect(await recordOf()).toMatchObject({ state: 'waiting', failures: 0 });
    expect((await records.store.get(job.id))?.attempts[0]?.reason).toContain('no space left');
  });

  it.each([
    ['store-unavailable', new RetryableError('store-unavailable', 'no space left')],
    ['out-of-memory', new RetryableError('out-of-memory', 'no memory left')],
    ['internal', new Error('anything that nobody thought of')],
  ])('failed with %s spends a failure and is delayed', async (code, error) => {
    const told = await processed(failing(error));
    expect(told).toMatchObject({ message: error.message });
    expect(told).not.toBeInstanceOf(UnrecoverableError);
    expect(await recordOf()).toMatchObject({ state: 'delayed', failures: 1, error: { code, message: error.message } });
    expect(storeWatch.isAway(), 'BullMQ is told when no further job is taken').toBe(code === 'store-unavailable');
  });

  it('failed for good fails the job at once', async () => {
    expect(await processed(failing(new PermanentError('dataset-unavailable', 'no MNIST')))).toBeInstanceOf(
      UnrecoverableError,
    );
    expect(await recordOf()).toMatchObject({ state: 'failed', failures: 1 });
  });

  it('lost its lock leaves record and BullMQ alone', async () => {
    expect(await processed(failing(new LockLost()))).toBeInstanceOf(WaitingError);
    expect(await recordOf()).toMatchObject({ state: 'active', failures: 0 });
    expect(handedBack).toBe(0);
  });
});

describe('without an attempt', () => {
  const never = () => Promise.reject(new Error('no attempt was to begin'));

  it('a job whose record has ended ends in BullMQ as the record says', async () => {
    await processed(async () => result);
    expect(await processed(never)).toEqual(SHOWN);
  });

  it('a job that was deleted is failed in BullMQ', async () => {
    await records.store.cancel(job.id);
    await records.store.remove(job.id);
    expect(await processed(never)).toBeInstanceOf(UnrecoverableError);
  });

  it('a job that has failed before goes back untouched while the store is away', async () => {
    check = () => Promise.reject(new RetryableError('store-unavailable', 'no space left'));
    expect(await processed(never, { attemptsMade: 1 })).toBeInstanceOf(WaitingError);
    expect(handedBack).toBe(1);
    expect(await recordOf()).toMatchObject({ state: 'waiting', attempt: 0, failures: 0 });
    expect(storeWatch.isAway()).toBe(true);
    check = async () => {};
    expect(await processed(async () => result, { attemptsMade: 1 })).toEqual(SHOWN);
  });

  it('what is fetched while the worker takes none goes back untouched', async () => {
    expect(await processed(never, { isResting: true })).toBeInstanceOf(WaitingError);
    expect(handedBack).toBe(1);
    expect(await recordOf()).toMatchObject({ state: 'waiting', attempt: 0 });
  });

  it('what is fetched beside as many as it can run goes back untouched', async () => {
    const process = processorOf(
      async () => {
        job = await records.submitted();
        await records.lockFor(job, TOKEN);
        expect(await handed(process)).toBeInstanceOf(WaitingError);
        expect(await recordOf()).toMatchObject({ state: 'waiting', attempt: 0 });
        return result;
      },
      (running) => running >= 1,
    );
    expect(await handed(process)).toEqual(SHOWN);
    expect(handedBack).toBe(1);
    expect(await handed(process), 'once that one is done').toEqual(SHOWN);
  });
});
