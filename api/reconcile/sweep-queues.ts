/** The reconciler's look at BullMQ's jobs: is there a record that wants them? */
import { QUEUE_NAMES, type QueueName } from '../../shared/engines.ts';
import { isEnded } from '../../shared/events.ts';
import type { JobId, JobState } from '../../shared/jobs.ts';
import { keys } from '../../shared/keys.ts';
import { runPipeline } from '../../shared/redis.ts';
import type { ReconcilerDeps } from '../reconciler.ts';
import { createSuspects } from './suspects.ts';

/** Ids of one set that one sweep looks at; the next sweep goes on from there. */
const PORTION = 1000;

export function createQueueSweeps({ redis, control, queues, logger, graceMs }: ReconcilerDeps & { graceMs: number }) {
  const suspects = createSuspects(graceMs, Date.now);
  const pending = QUEUE_NAMES.map((queue) => ({ queue, next: (['prioritized', 'delayed'] as const).map(walk(queue)) }));
  const ended = QUEUE_NAMES.map((queue) => ({ queue, next: (['completed', 'failed'] as const).map(walk(queue)) }));

  function walk(queue: QueueName): (set: string) => () => Promise<string[]> {
    return (set) => {
      let from = 0;
      return async () => {
        const ids = await redis.zrange(queues[queue].toKey(set), from, from + PORTION - 1);
        from = ids.length < PORTION ? 0 : from + PORTION;
        return ids;
      };
    };
  }

  async function statesOf(ids: readonly string[]): Promise<(JobState | null)[]> {
    return runPipeline(redis, (pipeline) => {
      for (const id of ids) pipeline.hget(keys.job(id), 'state');
    });
  }

  async function removeUnwanted(
    queue: QueueName,
    ids: string[],
    isUnwanted: (state: JobState | null) => boolean,
  ): Promise<void> {
    const states = await statesOf(ids);
    for (const [i, id] of ids.entries()) {
      const state = states[i] ?? null;
      if (!suspects.stands(id, isUnwanted(state) ? `${state}` : null)) continue;
      const [now = null] = await statesOf([id]);
      if (!isUnwanted(now)) continue;
      logger.warn({ jobId: id, queue, state }, 'a job is taken out of its queue: its record does not want it there');
      await control.dequeue({ id: id as JobId, queue });
      suspects.stands(id, null);
    }
  }

  return {
    /** Jobs that a worker would take although their record is gone, or has ended. */
    async sweepPending(): Promise<void> {
      for (const { queue, next } of pending) {
        const returned = await redis.lrange(queues[queue].toKey('wait'), 0, PORTION - 1);
        const sorted = await Promise.all(next.map((portion) => portion()));
        await removeUnwanted(queue, [...returned, ...sorted.flat()], (state) => state === null || isEnded(state));
      }
    },

    /** Ended jobs that are left over from a deletion. */
    async sweepEnded(): Promise<void> {
      for (const { queue, next } of ended) {
        const ids = (await Promise.all(next.map((portion) => portion()))).flat();
        await removeUnwanted(queue, ids, (state) => state === null);
      }
    },
  };
}
