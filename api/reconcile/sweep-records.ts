/** The reconciler's look at records that have not ended: is BullMQ's half what the record says? */
import type { QueueName } from '../../shared/engines.ts';
import { messageOf } from '../../shared/errors.ts';
import type { JobState } from '../../shared/jobs.ts';
import { JobId } from '../../shared/jobs.ts';
import { keys } from '../../shared/keys.ts';
import { isRedisAway, runPipeline } from '../../shared/redis.ts';
import type { ReconcilerDeps } from '../reconciler.ts';
import { type HalfState, halfStates } from './half-states.ts';
import { createSuspects } from './suspects.ts';

/** Records of one state that one sweep looks at; the next sweep goes on from there. */
const PORTION = 1000;

export function createRecordSweeps(deps: ReconcilerDeps & { graceMs: number }) {
  const { redis, store, control, queues, logger, graceMs } = deps;
  const waiting = { next: walk('waiting'), suspects: createSuspects(graceMs, Date.now) };
  const delayed = { next: walk('delayed') };
  const active = { next: walk('active'), suspects: createSuspects(graceMs, Date.now) };

  /** The ids of a state, portion by portion, oldest first, and again from the start. */
  function walk(state: JobState): () => Promise<string[]> {
    let last: string | null = null;
    return async () => {
      const from = last === null ? '-' : `(${last}`;
      const ids = await redis.zrange(keys.jobsByState(state), from, '+', 'BYLEX', 'LIMIT', 0, PORTION);
      last = ids.length < PORTION ? null : (ids.at(-1) ?? null);
      return ids;
    };
  }

  /** Fields of records, of those that are there and in the state. */
  async function readFields(state: JobState, ids: readonly string[], fields: string[]) {
    const rows = await runPipeline<(string | null)[]>(redis, (pipeline) => {
      for (const id of ids) pipeline.hmget(keys.job(id), 'state', 'queue', ...fields);
    });
    return ids.flatMap((id, i) => {
      const [found, queue, ...values] = rows[i] ?? [];
      return found === state ? [{ id: JobId.parse(id), queue: queue as QueueName, values }] : [];
    });
  }

  return {
    async sweepWaiting(): Promise<void> {
      const { next, suspects } = waiting;
      const ids = [...new Set([...suspects.ids(), ...(await next())])];
      const records = await readFields('waiting', ids, []);
      const halves = await halfStates(redis, queues, records);
      const faults = new Map(records.map(({ id }, i) => [id as string, faultOfWaiting(halves[i] ?? 'missing')]));
      for (const id of ids) {
        const fault = faults.get(id) ?? null;
        if (!suspects.stands(id, fault)) continue;
        const job = await store.get(id).catch((error: unknown) => {
          if (isRedisAway(error)) throw error;
          logger.error({ jobId: id, error: messageOf(error) }, 'a record cannot be read, and its job not be mended');
          return null;
        });
        if (job?.record.state !== 'waiting') continue;
        const { record } = job;
        logger.warn({ jobId: id, fault }, 'a waiting job is put into its queue again');
        const queued = await queues[record.queue].getJob(id);
        if (queued && fault === 'delayed') await queued.promote().catch(() => {});
        else {
          // BullMQ ignores an id that it still holds.
          await control.dequeue(record);
          await control.enqueue(record);
        }
        suspects.stands(id, null);
      }
    },

    /** A job whose back-off is over waits; where BullMQ's half should be then is the look at waiting jobs' affair. */
    async sweepDelayed(): Promise<void> {
      const records = await readFields('delayed', await delayed.next(), ['delayedUntil']);
      for (const { id, values } of records) if (Number(values[0]) <= Date.now()) await store.promote(id);
    },

    /** A lock that is gone never comes back, so the attempt is over; the script makes sure that it is still that one. */
    async sweepActive(): Promise<void> {
      const { next, suspects } = active;
      const ids = [...new Set([...suspects.ids(), ...(await next())])];
      const records = await readFields('active', ids, ['attempt']);
      const locked = await runPipeline<number>(redis, (pipeline) => {
        for (const { id, queue } of records) pipeline.exists(keys.lock(queue, id));
      });
      const lost = new Map(records.filter((_, i) => locked[i] === 0).map((record) => [record.id as string, record]));
      for (const id of ids) {
        const record = lost.get(id);
        const attempt = record?.values[0] ?? null;
        if (!suspects.stands(id, attempt) || !record) continue;
        const outcome = await store.reclaim(id, record.queue, Number(attempt));
        if (outcome === 'held') continue;
        logger.warn({ jobId: id, attempt, outcome }, 'a job is taken back from a worker that is gone');
        if (outcome !== 'waiting') await control.dequeue(record);
        suspects.stands(id, null);
      }
    },
  };
}

/** Active is none: a worker has just taken it, or BullMQ's own check for stalled jobs puts it back. */
function faultOfWaiting(half: HalfState): string | null {
  return half === 'waiting' || half === 'active' ? null : half;
}
