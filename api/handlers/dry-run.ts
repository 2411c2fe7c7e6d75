/** What would become of a job if it were submitted now; nothing is stored. */
import { z } from 'zod';
import { QUEUE_NAMES } from '../../shared/engines.ts';
import type { JobRecord, NewJob } from '../../shared/job-record.ts';
import type { JobStore } from '../../shared/job-store.ts';
import { EvalSpec, type JobId, type JobRequest, TrainSpec } from '../../shared/jobs.ts';
import { jobsAhead, pausedQueues } from '../../shared/queues.ts';
import { readSpeeds, type Speed, secondsToEvaluate, secondsToTrain, speedOf } from '../../shared/speeds.ts';
import { JobView } from '../../shared/views.ts';
import { liveWorkers, slotsOf } from '../../shared/workers.ts';
import { forecast } from '../forecast.ts';
import type { ApiDeps } from '../route.ts';
import { settle } from '../settle.ts';
import { waitingReason } from '../waiting-reason.ts';

const [TrainView, EvalView] = JobView.options;

const common = {
  name: TrainView.shape.name,
  tags: TrainView.shape.tags,
  priority: TrainView.shape.priority,
  queue: z.enum(QUEUE_NAMES),
  position: z.int().describe('The place that it would have in its queue; 1 is next.'),
  reason: TrainView.shape.reason,
  startsInSeconds: z.number().nullable().describe('From the speeds measured here; null: not known yet.'),
  endsInSeconds: z.number().nullable(),
  expectedStartAt: z.iso.datetime().nullable(),
  expectedEndAt: z.iso.datetime().nullable(),
};

export const DryRun = z.discriminatedUnion('kind', [
  z.strictObject({ kind: TrainView.shape.kind, spec: TrainSpec, ...common }),
  z.strictObject({ kind: EvalView.shape.kind, spec: EvalSpec, ...common }),
]);
export type DryRun = z.infer<typeof DryRun>;

/** Jobs ahead, and running ones, that are looked at; those beyond are taken to be like them. */
const JOBS_READ = 1000;

export async function dryRun(
  request: JobRequest,
  { redis, store, gpuTraining }: Pick<ApiDeps, 'redis' | 'store' | 'gpuTraining'>,
): Promise<DryRun> {
  const job = await settle(request, { store, gpuTraining });
  const { queue, name, tags, priority } = job;
  const [ahead, active, workers, paused, speeds] = await Promise.all([
    jobsAhead(redis, queue, priority, JOBS_READ),
    store.list({ state: 'active', kind: job.kind }, JOBS_READ),
    liveWorkers(redis),
    pausedQueues(redis),
    readSpeeds(redis),
  ]);
  const running = active.jobs.map(({ record }) => record).filter((record) => record.queue === queue);
  const waiting = (await store.getMany(ahead.ids)).flatMap((one) => one?.record ?? []);
  const origins = await readOrigins(store, [job, ...running, ...waiting]);
  const secondsOf = (one: NewJob | JobRecord): number | null => {
    const { engine, batchSize } = one.spec;
    const speed = speedOf({ kind: one.kind, engine, batchSize }, speeds, running);
    return speed && secondsAt(speed, one, origins);
  };
  const secondsLeft = (record: JobRecord) => record.progress?.estimatedRemainingSeconds ?? secondsOf(record);

  const { startsInSeconds, endsInSeconds } = forecast({
    slots: paused.has(queue) ? 0 : workers.reduce((sum, worker) => sum + slotsOf(worker, queue), 0),
    running: running.map(secondsLeft),
    ahead: waiting.map(secondsLeft),
    beyond: ahead.count - ahead.ids.length,
    own: secondsOf(job),
  });
  const now = Date.now();
  const at = (seconds: number | null) => (seconds === null ? null : new Date(now + 1000 * seconds).toISOString());
  const times = {
    startsInSeconds,
    endsInSeconds,
    expectedStartAt: at(startsInSeconds),
    expectedEndAt: at(endsInSeconds),
  };
  const reason = waitingReason(queue, { workers, paused });
  const rest = { name, tags, priority, queue, position: ahead.count + 1, reason, ...times };
  return job.kind === 'train'
    ? { kind: job.kind, spec: job.spec, ...rest }
    : { kind: job.kind, spec: job.spec, ...rest };
}

/** Specs of the train jobs whose checkpoints are evaluated. */
async function readOrigins(
  store: Pick<JobStore, 'getMany'>,
  jobs: readonly (NewJob | JobRecord)[],
): Promise<Map<JobId, TrainSpec>> {
  const ids = new Set(jobs.flatMap((job) => (job.kind === 'eval' ? [job.spec.checkpoint.jobId] : [])));
  const found = (await store.getMany([...ids])).flatMap((job) => job?.record ?? []);
  return new Map(found.flatMap((record) => (record.kind === 'train' ? [[record.id, record.spec] as const] : [])));
}

function secondsAt(speed: Speed, job: NewJob | JobRecord, origins: Map<JobId, TrainSpec>): number | null {
  if (job.kind === 'train') return secondsToTrain(job.spec, speed);
  const origin = origins.get(job.spec.checkpoint.jobId);
  return origin === undefined ? null : secondsToEvaluate(job.spec, origin, speed);
}
