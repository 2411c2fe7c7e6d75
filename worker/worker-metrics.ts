/** What a worker measures of its jobs. What happens to jobs is counted for the whole yard, in Redis (shared/totals.ts). */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AttemptRecord } from '../shared/attempt-record.ts';
import { parseCheckpointName } from '../shared/checkpoints/name.ts';
import type { Device } from '../shared/device.ts';
import type { QueueName } from '../shared/engines.ts';
import type { TrainRecord } from '../shared/job-record.ts';
import { type TrainSpec, trainImageCount } from '../shared/jobs.ts';
import type { ATTEMPT_OUTCOMES, Cursor } from '../shared/views.ts';

type Outcome = (typeof ATTEMPT_OUTCOMES)[number];

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

export function createWorkerMetrics(registry: Registry) {
  const registers = [registry];
  const waits = new Histogram({
    name: 'trainyard_job_wait_seconds',
    help: 'How long a job waited in its queue before an attempt, since it was submitted or came back.',
    labelNames: ['queue'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400],
    registers,
  });
  const runs = new Histogram({
    name: 'trainyard_attempt_duration_seconds',
    help: 'How long an attempt ran on this worker, by how it ended.',
    labelNames: ['queue', 'outcome'],
    buckets: [0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400],
    registers,
  });
  const steps = new Histogram({
    name: 'trainyard_step_duration_seconds',
    help: 'Mean duration of a training step, observed with every report of progress (about one a second).',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const images = new Counter({
    name: 'trainyard_trained_images_total',
    help: 'Images that training has gone through; its rate is images per second.',
    registers,
  });
  const restarts = new Counter({
    name: 'trainyard_trainer_restarts_total',
    help: 'Trainers that died, hung or could not get ready, and were replaced; not those that the worker stopped for want of a lock or of the store.',
    registers,
  });
  const slots = new Gauge({
    name: 'trainyard_worker_slots',
    help: 'Jobs of a queue that this worker runs at once.',
    labelNames: ['queue'],
    registers,
  });
  const running = new Gauge({
    name: 'trainyard_worker_running_jobs',
    help: 'Jobs of a queue that this worker runs now.',
    labelNames: ['queue'],
    registers,
  });

  const info = new Gauge({
    name: 'trainyard_worker_info',
    help: 'Always 1; its labels say what the trainers of this worker compute on (empty where nobody tells).',
    labelNames: ['device', 'name', 'memory_bytes', 'driver', 'cuda'],
    registers,
  });

  return {
    computesOn({ type: device, hardware: { name, driver, cuda, memoryBytes } }: Device): void {
      info.reset();
      info.set({ device, name, memory_bytes: memoryBytes ?? '', driver: driver ?? '', cuda: cuda ?? '' }, 1);
    },

    /** @param concurrency how many jobs of the queue it runs at once; 0 once it has dropped the queue */
    serves(queue: QueueName, concurrency: number): void {
      slots.set({ queue }, concurrency);
      running.inc({ queue }, 0);
    },

    /** While the work is under way, its job runs. */
    async whileRunning<T>(queue: QueueName, work: () => Promise<T>): Promise<T> {
      running.inc({ queue });
      try {
        return await work();
      } finally {
        running.dec({ queue });
      }
    },

    trainerReplaced: (): void => restarts.inc(),

    /** The same attempt, whose wait is noted now and whose duration with its end. One that lost its lock ends elsewhere. */
    timed(attempt: AttemptRecord, queue: QueueName, waitedMs: number | null): AttemptRecord {
      if (waitedMs !== null) waits.observe({ queue }, waitedMs / 1000);
      const end = runs.startTimer({ queue });
      const noting =
        <Args extends unknown[], Answer>(outcome: Outcome, write: (...args: Args) => Promise<Answer>) =>
        async (...args: Args): Promise<Answer> => {
          const answer = await write(...args);
          end({ outcome });
          return answer;
        };
      return {
        ...attempt,
        complete: noting('completed', attempt.complete),
        cancelled: noting('cancelled', attempt.cancelled),
        giveBack: noting('given-back', attempt.giveBack),
        giveBackWithoutEngine: noting('given-back', attempt.giveBackWithoutEngine),
        fail: noting('failed', attempt.fail),
      };
    },

    /** The same attempt, whose steps and images are noted as they are reported. */
    progressing(attempt: AttemptRecord, { spec, checkpoint }: TrainRecord): AttemptRecord {
      let seen = checkpoint === null ? 0 : imagesUntil(spec, parseCheckpointName(checkpoint).cursor);
      const isAt = (cursor: Cursor) => {
        const now = imagesUntil(spec, cursor);
        images.inc(Math.max(0, now - seen));
        seen = now;
      };
      const ranAt = (imagesPerSecond: number) => {
        if (imagesPerSecond > 0) steps.observe(spec.batchSize / imagesPerSecond);
      };
      return {
        ...attempt,
        async step(step, progress) {
          isAt({ epoch: step.epoch - 1, step: step.step });
          ranAt(step.imagesPerSecond);
          return attempt.step(step, progress);
        },
        async epoch(row, lastStep, progress) {
          isAt({ epoch: row.epoch, step: 0 });
          ranAt(row.imagesPerSecond);
          return attempt.epoch(row, lastStep, progress);
        },
        async commit(committed, best) {
          isAt(committed.cursor);
          return attempt.commit(committed, best);
        },
      };
    },
  };
}

/** Images of training up to there, from the beginning of the job; the last batch of an epoch may be smaller. */
function imagesUntil(spec: TrainSpec, { epoch, step }: Cursor): number {
  const perEpoch = trainImageCount(spec);
  return epoch * perEpoch + Math.min(step * spec.batchSize, perEpoch);
}
