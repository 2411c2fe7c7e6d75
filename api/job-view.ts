/** A job as REST shows it: the record, where the job stands in its queue, and where to go from here. */
import type { Redis } from 'ioredis';
import type { QueueName } from '../shared/engines.ts';
import { isEnded } from '../shared/events.ts';
import type { Job, JobRecord } from '../shared/job-record.ts';
import { pausedQueues, queuePositions } from '../shared/queues.ts';
import { together } from '../shared/together.ts';
import type { JobView } from '../shared/views.ts';
import { liveWorkers } from '../shared/workers.ts';
import { boardPage } from './board-page.ts';
import { waitingReason } from './waiting-reason.ts';

type Yard = Parameters<typeof waitingReason>[1];

export interface JobViews {
  of(job: Job): Promise<JobView>;
  ofAll(jobs: readonly Job[]): Promise<JobView[]>;
}

export function createJobViews(redis: Redis): JobViews {
  return { of: together((jobs) => viewJobs(redis, jobs)), ofAll: (jobs) => viewJobs(redis, jobs) };
}

/** In three round trips however many they are; in none if no job waits. */
async function viewJobs(redis: Redis, jobs: readonly Job[]): Promise<JobView[]> {
  const records = jobs.map(({ record }) => record);
  const waiting = records.filter(({ state }) => state === 'waiting');
  const pending = records.some(isPending);
  const [positions, workers, paused] = await Promise.all([
    waiting.length > 0 ? queuePositions(redis, waiting) : new Map<string, number>(),
    pending ? liveWorkers(redis) : [],
    pending ? pausedQueues(redis) : new Set<QueueName>(),
  ]);
  return jobs.map((job) => toView(job, positions.get(job.record.id) ?? null, { workers, paused }));
}

function toView({ record, attempts }: Job, position: number | null, yard: Yard): JobView {
  const view = {
    id: record.id,
    name: record.name,
    tags: record.tags,
    priority: record.priority,
    state: record.state,
    reason: isPending(record) ? waitingReason(record.queue, yard) : null,
    position,
    queue: record.queue,
    resolvedCheckpoint: record.resolvedCheckpoint,
    attempt: record.attempt,
    attempts,
    failures: record.failures,
    progress: record.progress,
    latest: record.latest,
    latestEpoch: record.latestEpoch,
    error: record.error,
    worker: record.worker,
    cancelRequested: record.cancelRequestedAt !== null,
    createdAt: new Date(record.createdAt).toISOString(),
    startedAt: isoOrNull(record.startedAt),
    finishedAt: isoOrNull(record.finishedAt),
    delayedUntil: isoOrNull(record.delayedUntil),
    links: linksOf(record),
  };
  // one kind at a time, so that spec and result are those of the kind
  return record.kind === 'train'
    ? { ...view, kind: record.kind, spec: record.spec, result: record.result }
    : { ...view, kind: record.kind, spec: record.spec, result: record.result };
}

function isPending({ state }: Pick<JobRecord, 'state'>): boolean {
  return state === 'waiting' || state === 'delayed';
}

export function jobPath(id: string): string {
  return `/v1/jobs/${id}`;
}

function linksOf({ id, kind, queue, state }: JobRecord): Record<string, string> {
  const self = jobPath(id);
  return {
    self,
    events: `${self}/events`,
    ...(kind === 'train'
      ? { metrics: `${self}/metrics`, lossPlot: `${self}/loss.svg`, checkpoints: `${self}/checkpoints` }
      : { evaluation: `${self}/evaluation` }),
    ...(isEnded(state) ? {} : { cancel: `${self}/cancel` }),
    ...(state === 'failed' || state === 'cancelled' ? { retry: `${self}/retry` } : {}),
    board: boardPage(queue, id),
  };
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
