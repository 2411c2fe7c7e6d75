/**
 * What users do with jobs: submit, cancel, retry, remove. Each changes two halves, the record and BullMQ's job;
 * the record comes first and is the truth, and the reconciler (api/reconciler.ts) mends the other half if the
 * process dies between.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { announceCancellation } from './cancellation.ts';
import type { CheckpointStore } from './checkpoints/store.ts';
import { HttpError, jobNotFound } from './errors.ts';
import type { Job, JobRecord, NewJob } from './job-record.ts';
import { type HeldOnce, type JobStore, ONCE_HOURS, type Once } from './job-store.ts';
import { type CheckpointRef, type JobId, referenceOf } from './jobs.ts';
import { jobOptions, type Queues } from './queues.ts';

export interface JobControlDeps {
  redis: Redis;
  store: JobStore;
  queues: Queues;
  checkpoints: CheckpointStore;
}

/** Milliseconds between two looks whether BullMQ's half of an ended job has ended too, and how often to look. */
const HALF_END_MS = 20;
const HALF_END_LOOKS = 50;

export interface Placed {
  /** As it was placed, or as it is if it was there. */
  job: Job;
  /** It was there already. */
  isRepeat: boolean;
}

export type JobControl = ReturnType<typeof createJobControl>;

export function createJobControl({ redis, store, queues, checkpoints }: JobControlDeps) {
  async function existing(id: JobId): Promise<Job> {
    const job = await store.get(id);
    if (job === null) throw jobNotFound(id);
    return job;
  }

  async function enqueue(job: Pick<JobRecord, 'id' | 'kind' | 'name' | 'tags' | 'spec' | 'priority' | 'queue'>) {
    const { id, name, tags, spec } = job;
    await queues[job.queue].add(name ?? job.kind, { jobId: id, name, tags, spec }, jobOptions(job));
  }

  /** Takes BullMQ's half away; a job that a worker has at this moment stays, and ends when the worker sees the record. */
  async function dequeue(record: Pick<JobRecord, 'id' | 'queue'>): Promise<void> {
    const queued = await queues[record.queue].getJob(record.id);
    if (!queued) return;
    await queued.remove().catch(async () => {
      // Locked at that moment. If it is not active any more, it has ended meanwhile.
      if (!(await queued.isActive())) await queued.remove();
    });
  }

  /** A worker ends BullMQ's half a moment after the record. What takes it longer is left to the reconciler. */
  async function halfEnded({ id, queue }: Pick<JobRecord, 'id' | 'queue'>): Promise<void> {
    const queued = await queues[queue].getJob(id);
    for (let looks = 0; looks < HALF_END_LOOKS && (await queued?.isActive()); looks += 1) await pause(HALF_END_MS);
  }

  /**
   * Writes the job and puts it into its queue. Safe to repeat: the same id is the same job.
   * @param once makes that a request sent again, under another id, is the same job too
   * @throws HttpError 422 if what the spec refers to has been deleted a moment ago; as `placedBefore`
   */
  async function place(job: NewJob, once?: Once): Promise<Placed> {
    const outcome = await store.create(job, once);
    if (typeof outcome === 'object' && 'hash' in outcome) return placeAgain(outcome, once as Once);
    if (outcome === 'reference-missing' || outcome === 'checkpoint-missing') {
      const { jobId, epoch } = referenceOf(job) as CheckpointRef;
      const what =
        outcome === 'reference-missing' ? `job ${jobId}` : `the checkpoint of epoch ${epoch} of job ${jobId}`;
      throw new HttpError(422, 'checkpoint-not-found', `${what}, which the spec refers to, is being deleted`);
    }
    await enqueue(job);
    return { job: outcome === 'exists' ? await existing(job.id) : outcome, isRepeat: false };
  }

  async function placeAgain({ hash, id }: HeldOnce, once: Once): Promise<Placed> {
    if (hash !== once.hash) {
      throw new HttpError(
        422,
        'idempotency-key-reused',
        `job ${id} was made of another body under this Idempotency-Key less than ${ONCE_HOURS} hours ago`,
      );
    }
    const job = await store.get(id);
    if (job === null) {
      throw new HttpError(
        409,
        'job-deleted',
        `job ${id}, made under this Idempotency-Key, has been deleted since; send another key for a new job`,
      );
    }
    // Whoever made it may have died before this, and BullMQ ignores an id that it holds.
    if (job.record.state === 'waiting') await enqueue(job.record);
    return { job, isRepeat: true };
  }

  return {
    existing,
    enqueue,
    dequeue,

    /** Safe to repeat: the same id is the same job. */
    async submit(job: NewJob): Promise<Job> {
      return (await place(job)).job;
    },

    place,

    /**
     * The job that was made under the key before; null if none was.
     * @throws HttpError 422 if it was made of another request, 409 if it has been deleted
     */
    async placedBefore(once: Once): Promise<Placed | null> {
      const held = await store.heldOnce(once.key);
      return held && placeAgain(held, once);
    },

    /** A waiting job is cancelled at once, a running one within two seconds. Asking again changes nothing. */
    async cancel(id: JobId): Promise<Job & { hasChanged: boolean }> {
      const { record } = await existing(id);
      const { state, hasChanged } = await store.cancel(id);
      switch (state) {
        case 'missing':
          throw jobNotFound(id);
        case 'completed':
        case 'failed':
          throw new HttpError(
            409,
            'job-ended',
            `job ${id} has ended (${state}); only a job that has not can be cancelled`,
          );
        case 'active':
          await announceCancellation(redis, id);
          break;
        case 'cancelled':
          await dequeue(record);
      }
      return { ...(await existing(id)), hasChanged };
    },

    /** A failed or cancelled job waits again, and goes on from its last checkpoint. */
    async retry(id: JobId): Promise<Job> {
      const { record } = await existing(id);
      const outcome = await store.retry(id);
      if (outcome === 'missing') throw jobNotFound(id);
      if (outcome !== 'retried') {
        throw new HttpError(
          409,
          'job-not-retryable',
          outcome === 'deleting'
            ? `job ${id} is being deleted`
            : `job ${id} is ${outcome}; only a failed or cancelled job can be retried`,
        );
      }
      // BullMQ ignores an id that it still holds: its ended half goes first.
      await halfEnded(record);
      await dequeue(record);
      await enqueue(record);
      return existing(id);
    },

    /**
     * Deletes an ended job: checkpoint files, record, events and BullMQ's half. The files before the record: if the
     * process dies or the store fails in between, the record is still there to ask again by.
     */
    async remove(id: JobId): Promise<void> {
      const { record } = await existing(id);
      const state = await store.beginRemove(id);
      if (state === 'missing') throw jobNotFound(id);
      if (state === 'referenced') {
        const referrers = (await store.referrers(id)).join(', ');
        throw new HttpError(
          409,
          'job-referenced',
          `other jobs refer to checkpoints of job ${id}; delete them first: ${referrers}`,
        );
      }
      if (state !== 'deleting') {
        throw new HttpError(409, 'job-not-ended', `job ${id} is ${state}; cancel it first, or wait until it has ended`);
      }
      await checkpoints.removeJob(id);
      await store.remove(id);
      await dequeue(record);
    },
  };
}
