/** Job records in a real Redis, for tests of what is written into them: every move that they make must be an allowed one. */
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type AttemptRecord, beginAttempt } from '../attempt-record.ts';
import { readEvents } from '../event-stream.ts';
import { MOVES } from '../events.ts';
import type { NewJob } from '../job-record.ts';
import { createJobStore, type JobStore } from '../job-store.ts';
import type { JobId } from '../jobs.ts';
import { keys } from '../keys.ts';
import { connectForWorker } from '../redis.ts';
import type { EpochRow, TrainResult } from '../views.ts';
import { type NewTrainJob, newJob } from './jobs.ts';
import { startTestRedis, type TestRedis } from './redis.ts';

export const row: EpochRow = {
  epoch: 1,
  trainLoss: 2.1791,
  trainAccuracy: 0.3306,
  validationLoss: 1.9395,
  validationAccuracy: 0.5842,
  imagesPerSecond: 18_000,
  seconds: 3.2,
};
export const lastStep = { epoch: 1, step: 4, trainLoss: 2.1791, trainAccuracy: 0.3306, imagesPerSecond: 18_000 };
export const progress = { percentage: 100, epoch: 1, step: 4, imagesPerSecond: 18_000, estimatedRemainingSeconds: 0 };
export const result: TrainResult = {
  engine: 'simd',
  epochs: 1,
  stoppedEarly: false,
  best: { epoch: 1, validationLoss: 1.9395, validationAccuracy: 0.5842 },
  test: { loss: 1.9, accuracy: 0.6, perClass: [0.6, null], confusion: [[1, 0]] },
  parametersSha256: 'ab',
  seconds: 3.2,
  imagesPerSecond: 18_000,
};

/** Called once in a test file: Redis is there for its tests, and empty at the beginning of each. */
export function useRecords() {
  let server: TestRedis;
  let redis: Redis;
  let store: JobStore;

  beforeAll(async () => {
    server = await startTestRedis();
    redis = connectForWorker(server.url);
    store = createJobStore(redis);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    for (const { record } of (await store.list({}, 200)).jobs) await expectAllowedMoves(record.id);
  });

  /** Whatever a test did: every move that the event stream tells is one of those in events.ts. */
  async function expectAllowedMoves(id: JobId): Promise<void> {
    const states = (await readEvents(redis, id)).flatMap(({ event }) => (event.type === 'state' ? [event.state] : []));
    for (const [i, state] of states.slice(1).entries()) {
      expect(MOVES[states[i] ?? 'waiting'], `${states[i]} → ${state}`).toContain(state);
    }
  }

  /** As if BullMQ had handed the job to a worker: the lock holds its token. */
  async function lockFor(job: NewJob, token: string): Promise<void> {
    await redis.set(keys.lock(job.queue, job.id), token);
  }

  return {
    get redis() {
      return redis;
    },
    get store() {
      return store;
    },
    lockFor,

    async take(job: NewJob, token = 'token-1', worker = 'worker-1'): Promise<AttemptRecord> {
      await lockFor(job, token);
      const begun = await beginAttempt(redis, { id: job.id, queue: job.queue, token, worker });
      if (begun.outcome !== 'begun') throw new Error(`the attempt did not begin: ${begun.outcome}`);
      return begun.attempt;
    },

    async submitted(changes: Partial<NewTrainJob> = {}): Promise<NewJob> {
      const job = newJob(changes);
      await store.create(job);
      return job;
    },

    async stateOf(job: NewJob) {
      return (await store.get(job.id))?.record.state;
    },
  };
}
