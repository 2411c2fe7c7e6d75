/**
 * Mends jobs of which only one half is there or right: the record (the truth) and BullMQ's job change one after the
 * other, and the process that changes them may die in between. Runs in every API process, in one at a time.
 *
 *   record            BullMQ's job            then
 *   waiting           missing or ended        is added again
 *   waiting           delayed                 is promoted
 *   delayed and due   any                     the record waits, and the above holds
 *   active            its lock is gone        the record waits again (or ends: reclaimScript)
 *   ended or missing  waiting or delayed      is removed
 *   missing           ended                   is removed
 *   ended long ago                            both are deleted, with events and checkpoints
 *
 * A change that is under way looks like a fault for a moment: only what still stands after `graceMs` is mended. Each
 * remedy is safe where it was not needed: scripts look again, and whatever is undone by a race is mended in turn.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { messageOf } from '../shared/errors.ts';
import type { JobControl } from '../shared/job-control.ts';
import type { JobStore } from '../shared/job-store.ts';
import type { Logger } from '../shared/process.ts';
import type { Queues } from '../shared/queues.ts';
import { isRedisAway } from '../shared/redis.ts';
import { createLease } from './reconcile/lease.ts';
import { createRetention } from './reconcile/retention.ts';
import { createQueueSweeps } from './reconcile/sweep-queues.ts';
import { createRecordSweeps } from './reconcile/sweep-records.ts';

export interface ReconcilerDeps {
  redis: Redis;
  store: JobStore;
  control: JobControl;
  queues: Queues;
  logger: Logger;
  /** Between two sweeps. */
  everyMs?: number;
  /** How long a fault must stand. */
  graceMs?: number;
  /** Between two looks for what is over: jobs past their retention, ended halves without a record. */
  cleanEveryMs?: number;
}

export type Reconciler = ReturnType<typeof createReconciler>;

export function createReconciler(deps: ReconcilerDeps) {
  const { redis, logger, everyMs = 2000, graceMs = 5000, cleanEveryMs = 60_000 } = deps;
  const lease = createLease(redis, randomUUID(), Math.max(3 * everyMs, 10_000));
  const records = createRecordSweeps({ ...deps, graceMs });
  const halves = createQueueSweeps({ ...deps, graceMs });
  const retention = createRetention(deps);

  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let nextClean = 0;

  /** One look at everything, in portions. @returns whether it was this process's turn */
  async function sweep(): Promise<boolean> {
    if (!(await lease.take())) return false;
    await records.sweepDelayed();
    await records.sweepActive();
    await records.sweepWaiting();
    await halves.sweepPending();
    if (Date.now() >= nextClean) {
      nextClean = Date.now() + cleanEveryMs;
      await halves.sweepEnded();
      await retention.sweep();
    }
    return true;
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      sweeping = sweep()
        .catch((error: unknown) => {
          // That Redis is away is in the log already.
          if (!isRedisAway(error)) logger.error({ error: messageOf(error) }, 'the reconciler could not end its sweep');
        })
        .then(schedule);
    }, everyMs);
  }

  return {
    start: schedule,
    sweep,
    /** Lets the sweep that runs finish, and another process take over at once. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
      await lease.release().catch(() => {});
    },
  };
}
