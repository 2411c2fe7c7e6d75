/** A yard for end-to-end tests: a real Redis, a folder for checkpoints, and worker processes to start and kill. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpointStore } from '../../shared/checkpoints/open-store.ts';
import { followEvents } from '../../shared/event-stream.ts';
import { isEnded, type JobEvent } from '../../shared/events.ts';
import { createJobControl } from '../../shared/job-control.ts';
import type { Job } from '../../shared/job-record.ts';
import { createJobStore } from '../../shared/job-store.ts';
import type { JobId, JobState } from '../../shared/jobs.ts';
import { keys } from '../../shared/keys.ts';
import { createQueues } from '../../shared/queues.ts';
import { connectForWorker } from '../../shared/redis.ts';
import { type NewTrainJob, newJob, trainSpec } from '../../shared/testing/jobs.ts';
import { PATIENCE_MS, startProcess, type TestProcess } from '../../shared/testing/processes.ts';
import { startTestRedis } from '../../shared/testing/redis.ts';
import type { TrainResult } from '../../shared/views.ts';

/** The product's default, so that a worker which gets no computer for a while keeps its jobs. */
export const LOCK_MS = 15_000;
/** A survivor looks often for what the dead have left. */
export const STALLED_MS = 1000;

/** In milliseconds, of a worker that a test has die, sleep or cut off: its jobs are soon free. Any other may lose them by that. */
export const SHORT_LOCK_MS = 2000;
export const SHORT_LOCK = { JOB_LOCK_MS: String(SHORT_LOCK_MS) } as const;

/** For a worker that need not be disturbed. */
export const AT_FULL_SPEED = { STEP_MS: '0' } as const;
/** Five times what a step takes: a run lasts as long on every machine, and leaves most of it to others. */
const STEP_MS = 4;

export type Yard = Awaited<ReturnType<typeof startYard>>;

/** @param checkpointStore as the setting; default: a folder that goes with the yard */
export async function startYard(checkpointStore?: string) {
  const server = await startTestRedis();
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-test-'));
  const redis = connectForWorker(server.url);
  const store = createJobStore(redis);
  const queues = createQueues(redis);
  const checkpoints = openCheckpointStore(checkpointStore ?? `file:${join(folder, 'checkpoints')}`);
  const control = createJobControl({ redis, store, queues, checkpoints });
  const processes: TestProcess[] = [];

  async function* follow(id: JobId, timeoutMs: number): AsyncGenerator<JobEvent> {
    const reader = redis.duplicate();
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      for await (const { event } of followEvents(reader, id, { signal })) yield event;
      const job = await store.get(id);
      throw new Error(`not within ${timeoutMs} ms; the job is ${JSON.stringify(job)}; workers said:\n${logs()}`);
    } finally {
      reader.disconnect();
    }
  }
  const logs = () => processes.map((one) => one.output().slice(-3000)).join('\n--\n');

  const yard = {
    server,
    redis,
    store,
    control,
    queues,
    checkpoints,
    folder,
    follow,
    logs,

    /** Starts a worker process. */
    startWorker(name: string, env: Record<string, string | undefined> = {}): TestProcess {
      const worker = startProcess({
        script: 'worker/testing/gated-worker.js',
        env: {
          REDIS_URL: server.url,
          DATA_DIR: folder,
          WORKER_NAME: name,
          JOB_LOCK_MS: String(LOCK_MS),
          STALLED_CHECK_MS: String(STALLED_MS),
          CHECKPOINT_STORE: checkpointStore,
          STEP_MS: String(STEP_MS),
          // Another trainer for evaluations would load its images, too: a second of computing for each worker.
          WORKER_QUEUES: 'train-cpu',
          WORKER_SLOTS: undefined,
          HOST: undefined,
          PORT: undefined,
          METRICS_PORT: undefined,
          LOG_LEVEL: 'info',
          ...env,
        },
      });
      processes.push(worker);
      return worker;
    },

    /** Starts a worker process; resolves when it takes jobs. */
    async worker(name: string, env: Record<string, string> = {}): Promise<TestProcess> {
      const worker = yard.startWorker(name, env);
      await worker.message((message) => (message as { type?: string }).type === 'ready');
      return worker;
    },

    async submit(spec: Parameters<typeof trainSpec>[0], more: Partial<NewTrainJob> = {}): Promise<JobId> {
      const { record } = await control.submit(newJob({ spec: trainSpec(spec), ...more }));
      return record.id;
    },

    /** As if its worker, which is dead, had been so for as long as a lock holds. */
    async lockRunsOut(id: JobId): Promise<void> {
      const { queue } = (await store.get(id))?.record ?? {};
      if (queue === undefined) throw new Error(`there is no job ${id}`);
      await redis.del(keys.lock(queue, id));
    },

    /** The first event, from the job's beginning on, that satisfies the predicate. */
    async event<E extends JobEvent>(
      id: JobId,
      predicate: (event: JobEvent) => event is E,
      timeoutMs = PATIENCE_MS,
    ): Promise<E> {
      for await (const event of follow(id, timeoutMs)) if (predicate(event)) return event;
      throw new Error('unreachable');
    },

    /** Resolves when the job has been in that state, since its beginning. */
    async reached(id: JobId, state: JobState, attempt = 0, timeoutMs = PATIENCE_MS): Promise<void> {
      const isIt = (event: JobEvent): event is JobEvent =>
        event.type === 'state' && event.state === state && event.attempt >= attempt;
      await yard.event(id, isIt, timeoutMs);
    },

    async ended(id: JobId, timeoutMs = PATIENCE_MS): Promise<Job> {
      const isEnd = (event: JobEvent): event is JobEvent => event.type === 'state' && isEnded(event.state);
      await yard.event(id, isEnd, timeoutMs);
      const job = await store.get(id);
      if (job === null) throw new Error(`job ${id} is gone`);
      return job;
    },

    /** The bits of a completed job: all that must not depend on what happened on the way. */
    async bits(id: JobId, timeoutMs?: number) {
      const { record } = await yard.ended(id, timeoutMs);
      if (record.kind !== 'train' || record.result === null) {
        throw new Error(`job ${id} ended as ${record.state}: ${record.error?.message}\n${logs()}`);
      }
      const rows = await store.epochRows(id);
      return { result: untimed(record.result), rows: rows.map(({ seconds, imagesPerSecond, ...row }) => row) };
    },

    async close(): Promise<void> {
      for (const one of processes) one.kill('SIGKILL');
      await Promise.all(processes.map((one) => one.exited));
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      redis.disconnect();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return yard;
}

export function untimed({ seconds, imagesPerSecond, ...bits }: TrainResult) {
  return bits;
}
