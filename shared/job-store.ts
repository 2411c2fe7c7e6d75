/**
 * The job record in Redis: the truth about a job. What the API (and the reconciler) asks and changes;
 * what a worker writes while it runs an attempt is attempt-record.ts.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { QueueName } from './engines.ts';
import {
  type CommittedCheckpoint,
  type Job,
  type NewJob,
  newRecord,
  parseAttempts,
  parseCheckpoints,
  parseRecord,
} from './job-record.ts';
import {
  beginRemoveScript,
  cancelScript,
  createScript,
  promoteScript,
  reclaimScript,
  removeScript,
  retryScript,
} from './job-scripts/record.ts';
import { JOB_STATES, JobId, type JobKind, type JobState, referenceOf } from './jobs.ts';
import type { KeptCheckpoints } from './kept-checkpoints.ts';
import { keys } from './keys.ts';
import { repliesTo, runPipeline, type Script } from './redis.ts';
import { EpochRow } from './views.ts';

/** What keeps a request that is sent again from making another job. */
export interface Once {
  key: string;
  /** Of the request. */
  hash: string;
}

/** The job that was made under a key before, and of which request. */
export interface HeldOnce {
  hash: string;
  id: JobId;
}

/** For which a key is held. */
export const ONCE_HOURS = 24;

export interface JobFilter {
  state?: JobState | undefined;
  kind?: JobKind | undefined;
  tag?: string | undefined;
  /** Part of the name, in any case. */
  name?: string | undefined;
}

export interface JobPage {
  jobs: Job[];
  /** Where the next page goes on; null at the end. */
  nextCursor: JobId | null;
}

/** Records read for one page at most; a page of a rare name may be short, and its cursor goes on. */
const SCAN_LIMIT = 5000;
/** Records read in one round trip at least, as a filter may leave most of them out. */
const SCAN_BATCH = 100;

export type JobStore = ReturnType<typeof createJobStore>;

export function createJobStore(redis: Redis, now: () => number = Date.now) {
  const run = async (
    script: Script,
    id: string,
    moreKeys: string[] = [],
    args: (string | number)[] = [],
    time = now(),
  ) => {
    return String(await script(redis, [keys.job(id), ...moreKeys], [id, time, new Date(time).toISOString(), ...args]));
  };

  /** @param skipUnreadable null for a record that another version wrote; without it, it throws */
  async function read(ids: readonly string[], { skipUnreadable = false } = {}): Promise<(Job | null)[]> {
    const hashes = await runPipeline<Record<string, string>>(redis, (pipeline) => {
      for (const id of ids) pipeline.hgetall(keys.job(id)).hgetall(keys.attempts(id));
    });
    return ids.map((id, i) => {
      const { [2 * i]: record = {}, [2 * i + 1]: attempts = {} } = hashes;
      if (record.id === undefined) return null;
      try {
        return { record: parseRecord(record), attempts: parseAttempts(attempts) };
      } catch (cause) {
        if (skipUnreadable) return null;
        throw new Error(`the record of job ${id} cannot be read; was it written by another version?`, { cause });
      }
    });
  }

  return {
    /**
     * Writes record, indexes, reference and first event, together. BullMQ's job comes after it.
     * @returns the job as it is now; `exists` if there is one of this id, or what holds the key: nothing is changed then
     */
    async create(
      job: NewJob,
      once?: Once,
    ): Promise<Job | 'exists' | 'reference-missing' | 'checkpoint-missing' | HeldOnce> {
      const time = now();
      const fields = {
        kind: job.kind,
        tags: JSON.stringify(job.tags),
        priority: job.priority,
        queue: job.queue,
        spec: JSON.stringify(job.spec),
        ...(job.name === null ? {} : { name: job.name }),
      };
      const reference = [referenceOf(job)?.jobId ?? '', job.checkpoint ?? ''];
      const held = [once?.hash ?? '', ONCE_HOURS * 3600];
      const args = [...reference, ...held, ...Object.entries(fields).flat()];
      const reply = await run(createScript, job.id, once ? [keys.once(once.key)] : [], args, time);
      switch (reply) {
        case 'created':
          return { record: newRecord(job, time), attempts: [] };
        case 'exists':
        case 'reference-missing':
        case 'checkpoint-missing':
          return reply;
        default:
          return parseHeld(reply);
      }
    },

    /** null if no job was made under the key, or too long ago. */
    async heldOnce(key: string): Promise<HeldOnce | null> {
      const held = await redis.get(keys.once(key));
      return held === null ? null : parseHeld(held);
    },

    exists: async (id: string): Promise<boolean> => (await redis.exists(keys.job(id))) === 1,

    async get(id: string): Promise<Job | null> {
      const [job] = await read([id]);
      return job ?? null;
    },

    /** In the order of the ids; null where there is none, or none that this version can read. */
    async getMany(ids: readonly string[]): Promise<(Job | null)[]> {
      return read(ids, { skipUnreadable: true });
    },

    /** Newest first. @param cursor the last id of the page before. */
    async list(filter: JobFilter, limit: number, cursor: JobId | null = null): Promise<JobPage> {
      const index = narrowestIndex(filter);
      const batch = Math.max(limit + 1, SCAN_BATCH);
      const jobs: Job[] = [];
      let last = cursor;
      for (let scanned = 0; scanned < SCAN_LIMIT; ) {
        const ids = await redis.zrange(index, last === null ? '+' : `(${last}`, '-', 'BYLEX', 'REV', 'LIMIT', 0, batch);
        const found = await read(ids, { skipUnreadable: true });
        for (const [i, job] of found.entries()) {
          if (jobs.length === limit) return { jobs, nextCursor: last };
          last = JobId.parse(ids[i]);
          if (job && matches(job, filter)) jobs.push(job);
        }
        scanned += ids.length;
        if (ids.length < batch) return { jobs, nextCursor: null };
      }
      return { jobs, nextCursor: last };
    },

    /** How many jobs are in each state. */
    async countByState(): Promise<Record<JobState, number>> {
      const counts = await Promise.all(JOB_STATES.map((state) => redis.zcard(keys.jobsByState(state))));
      return Object.fromEntries(JOB_STATES.map((state, i) => [state, counts[i]])) as Record<JobState, number>;
    },

    /** Rows of the epochs that have ended, first one first; each epoch once. */
    async epochRows(id: string): Promise<EpochRow[]> {
      const rows = Object.values(await redis.hgetall(keys.epochs(id)));
      return rows.map((row) => EpochRow.parse(JSON.parse(row))).sort((a, b) => a.epoch - b.epoch);
    },

    /** Committed checkpoints that are still kept, the furthest first. */
    async checkpoints(id: string): Promise<CommittedCheckpoint[]> {
      return parseCheckpoints(await redis.hvals(keys.checkpoints(id)));
    },

    /** The same, with the names of the best and of the last one, as of one moment; none of a job that is being deleted. */
    async keptCheckpoints(id: string): Promise<KeptCheckpoints> {
      const [[best = null, last = null, deletingAt = null], entries] = (await repliesTo(
        redis.multi().hmget(keys.job(id), 'bestCheckpoint', 'checkpoint', 'deletingAt').hvals(keys.checkpoints(id)),
      )) as [(string | null)[], string[]];
      if (deletingAt !== null) return { best: null, last: null, checkpoints: [] };
      return { best, last, checkpoints: parseCheckpoints(entries) };
    },

    /** Ids of the jobs whose specs refer to this one. */
    referrers: async (id: string): Promise<JobId[]> =>
      (await redis.hkeys(keys.referrers(id))).map((referrer) => JobId.parse(referrer)),

    /** @returns the state, and whether this has changed anything */
    async cancel(id: string) {
      const [state, changed] = (await run(cancelScript, id, [], [randomUUID()])).split(' ');
      return {
        state: state as 'missing' | 'active' | 'completed' | 'failed' | 'cancelled',
        hasChanged: changed !== undefined,
      };
    },
    retry: (id: string) => run(retryScript, id) as Promise<'missing' | 'retried' | 'deleting' | JobState>,
    /** From now on the job cannot be retried; `remove` is to follow. */
    beginRemove: (id: string) =>
      run(beginRemoveScript, id) as Promise<'missing' | 'deleting' | 'referenced' | JobState>,
    remove: (id: string) => run(removeScript, id) as Promise<'missing' | 'removed' | JobState>,
    promote: (id: string) => run(promoteScript, id),
    /** The job of an attempt whose lock is gone waits again. */
    reclaim: (id: string, queue: QueueName, attempt: number) =>
      run(reclaimScript, id, [keys.lock(queue, id)], [attempt]) as Promise<'held' | 'waiting' | 'failed' | 'cancelled'>,

    /** Ids of ended jobs that ended before `time` (ms), or that are beyond the newest `keep`; oldest first. */
    async expired(time: number, keep: number): Promise<JobId[]> {
      const [old, surplus] = await Promise.all([
        redis.zrange(keys.ended, '-inf', `(${time}`, 'BYSCORE', 'LIMIT', 0, 1000),
        redis.zrange(keys.ended, 0, -keep - 1),
      ]);
      return [...new Set([...old, ...surplus])].map((id) => JobId.parse(id));
    },
  };
}

function parseHeld(text: string): HeldOnce {
  const [hash = '', id = ''] = text.split(' ');
  return { hash, id: JobId.parse(id) };
}

function narrowestIndex(filter: JobFilter): string {
  if (filter.tag !== undefined) return keys.jobsByTag(filter.tag);
  if (filter.state !== undefined) return keys.jobsByState(filter.state);
  if (filter.kind !== undefined) return keys.jobsByKind(filter.kind);
  return keys.jobs;
}

function matches({ record }: Job, filter: JobFilter): boolean {
  return (
    (filter.state === undefined || record.state === filter.state) &&
    (filter.kind === undefined || record.kind === filter.kind) &&
    (filter.tag === undefined || record.tags.includes(filter.tag)) &&
    (filter.name === undefined || (record.name ?? '').toLowerCase().includes(filter.name.toLowerCase()))
  );
}
