/**
 * The jobs that this worker runs, and how long it may believe that they are its own. BullMQ renews their locks;
 * with Redis out of reach it reports no lost lock, so a job whose lock has not been seen renewed for too long is
 * stopped here, before another worker can take it.
 */
import { LockLost } from '../shared/errors.ts';
import type { JobId } from '../shared/jobs.ts';

/** Milliseconds by which a job is stopped before its lock runs out: at most 5 s, and a third of a short lock. */
export function leaseMs(lockMs: number): number {
  return lockMs - Math.min(5000, lockMs / 3);
}

export function createLeases(lockMs: number, now: () => number = () => performance.now()) {
  const held = new Map<JobId, { stop: AbortController; renewedAt: number }>();
  const most = leaseMs(lockMs);

  return {
    open(jobId: JobId) {
      const lease = { stop: new AbortController(), renewedAt: now() };
      held.set(jobId, lease);
      return {
        stop: lease.stop,
        close: () => {
          if (held.get(jobId) === lease) held.delete(jobId);
        },
      };
    },

    jobIds: () => [...held.keys()],

    renewed(jobIds: readonly string[]): void {
      for (const id of jobIds) {
        const lease = held.get(id as JobId);
        if (lease) lease.renewedAt = now();
      }
    },

    stop(jobId: string, reason: Error): void {
      held.get(jobId as JobId)?.stop.abort(reason);
    },

    stopAll(reason: Error): void {
      for (const { stop } of held.values()) stop.abort(reason);
    },

    /** To be called a few times a second. */
    check(): void {
      for (const { stop, renewedAt } of held.values()) {
        const silent = now() - renewedAt;
        if (silent > most) {
          stop.abort(new LockLost(`the lock was not seen renewed for ${Math.round(silent)} ms`));
        }
      }
    },
  };
}
