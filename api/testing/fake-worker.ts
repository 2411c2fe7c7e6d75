/** Takes jobs as a worker does, for tests of what the API and its reconciler see; it trains nothing. */
import { type Job as QueuedJob, Worker } from 'bullmq';
import { type AttemptRecord, beginAttempt } from '../../shared/attempt-record.ts';
import { encodeCheckpoint } from '../../shared/checkpoints/checkpoint.ts';
import type { CheckpointStore } from '../../shared/checkpoints/store.ts';
import { sha256OfTensors, type Tensors } from '../../shared/checkpoints/tensors.ts';
import type { QueueName } from '../../shared/engines.ts';
import type { JobId, TrainSpec } from '../../shared/jobs.ts';
import { keys, PREFIX } from '../../shared/keys.ts';
import { connectForWorker } from '../../shared/redis.ts';
import type { EpochRow, JobProgress, LatestStep } from '../../shared/views.ts';
import { beat, signOff, type WorkerView } from '../../shared/workers.ts';

const TOKEN = 'token-of-the-fake-worker';

export interface TakenJob {
  id: JobId;
  attempt: AttemptRecord;
  queued: QueuedJob;
  token: string;
}

export type FakeWorker = ReturnType<typeof createFakeWorker>;

/** Of locks that nobody renews: longer than a test file takes. */
const LOCK_MS = 600_000;

export function createFakeWorker(redisUrl: string, { queue = 'train-cpu' as QueueName } = {}) {
  const redis = connectForWorker(redisUrl);
  const worker = new Worker(queue, null, {
    connection: redis,
    prefix: PREFIX,
    autorun: false,
    lockDuration: LOCK_MS,
    skipLockRenewal: true,
    skipStalledCheck: true,
  });
  worker.on('error', () => {});

  return {
    redis,
    /** The next job of the queue, with an attempt begun on it. */
    async take(): Promise<TakenJob> {
      const queued = await worker.getNextJob(TOKEN, { block: false });
      if (!queued?.id) throw new Error('no job waits');
      const id = queued.id as JobId;
      const begun = await beginAttempt(redis, { id, queue, token: TOKEN, worker: 'fake' });
      if (begun.outcome !== 'begun') throw new Error(`the attempt did not begin: ${begun.outcome}`);
      return { id, attempt: begun.attempt, queued, token: TOKEN };
    },
    /** As if it had died with the job, as long ago as a lock holds. */
    async diesWith({ id }: TakenJob): Promise<void> {
      await redis.del(keys.lock(queue, id));
    },
    signOn: () => beat(redis, workerView(queue)),
    signOff: () => signOff(redis, 'fake'),
    async close(): Promise<void> {
      await worker.close();
      redis.disconnect();
    },
  };
}

function workerView(queue: QueueName): WorkerView {
  const now = new Date().toISOString();
  return {
    name: 'fake',
    host: 'localhost',
    pid: process.pid,
    engines: ['simd'],
    device: 'cpu',
    hardware: null,
    queues: [queue],
    slots: 1,
    running: [],
    trainers: [],
    state: 'running',
    unready: null,
    dropped: [],
    version: '0.1.0',
    node: process.version,
    startedAt: now,
    lastSeenAt: now,
  };
}

export function epochRow(epoch: number, validationLoss: number): EpochRow {
  return {
    epoch,
    trainLoss: 2,
    trainAccuracy: 0.5,
    validationLoss,
    validationAccuracy: 0.6,
    imagesPerSecond: 15_000,
    seconds: 4,
  };
}

interface EpochToCommit {
  store: CheckpointStore;
  spec: TrainSpec;
  epoch: number;
  best: boolean;
  /** Parameters; without them it is a checkpoint of no model. */
  state?: Tensors;
}

function smallState(epoch: number): Tensors {
  return new Map([['conv1.weight', { shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, epoch]) }]]);
}

/** A whole checkpoint at the end of an epoch: in the store, and committed. */
export async function commitEpoch(
  { id, attempt }: TakenJob,
  { store, spec, epoch, best, state = smallState(epoch) }: EpochToCommit,
): Promise<{ name: string; bytes: Uint8Array }> {
  const parametersSha256 = sha256OfTensors(state);
  const cursor = { epoch, step: 0 };
  const validationLoss = best ? 1 : 2;
  const { bytes, manifest } = encodeCheckpoint(
    {
      run: {
        cursor,
        sums: { lossSum: 0, correct: 0, images: 0, seconds: 0 },
        best: { epoch, validationLoss, validationAccuracy: 0.6 },
        plateau: { validationLoss: null, epochs: 0 },
        optimizerSteps: 10,
        seconds: 4,
        trainedImages: 160,
        trainedSeconds: 3,
      },
      state,
      parametersSha256,
      isBest: best,
    },
    { jobId: id, attempt: attempt.number, spec, engine: 'simd', device: 'cpu' },
  );
  const { name, createdAt } = manifest;
  await store.put(id, name, bytes, manifest);
  await attempt.epoch(epochRow(epoch, validationLoss), ...endOfEpoch(epoch));
  await attempt.commit(
    {
      name,
      cursor,
      attempt: attempt.number,
      parametersSha256,
      bytes: bytes.length,
      validationLoss,
      createdAt,
    },
    best ? name : null,
  );
  return { name, bytes };
}

/** What the record shows of the last step of an epoch. */
export function endOfEpoch(epoch: number): [LatestStep, JobProgress] {
  const step = { epoch, step: 10, imagesPerSecond: 100 };
  return [
    { ...step, trainLoss: 2, trainAccuracy: 0.4 },
    { ...step, percentage: 6, estimatedRemainingSeconds: 60 },
  ];
}
