/** Deletes jobs that ended long ago, or that are beyond the newest so many: record, events and files together. */
import { HttpError, messageOf } from '../../shared/errors.ts';
import type { JobControl } from '../../shared/job-control.ts';
import type { JobStore } from '../../shared/job-store.ts';
import type { Logger } from '../../shared/process.ts';
import { isRedisAway } from '../../shared/redis.ts';

const DAY_MS = 24 * 3600 * 1000;
const RETENTION_DAYS = 30;
const RETENTION_JOBS = 100_000;
/** Deleted in one sweep at most, so that the rest of the reconciler's work goes on. */
const PORTION = 100;

export interface RetentionDeps {
  store: JobStore;
  control: JobControl;
  logger: Logger;
}

export function createRetention({ store, control, logger }: RetentionDeps) {
  return {
    async sweep(): Promise<void> {
      const ids = await store.expired(Date.now() - RETENTION_DAYS * DAY_MS, RETENTION_JOBS);
      let left = PORTION;
      for (const id of ids) {
        if (left === 0) return;
        try {
          await control.remove(id);
          left -= 1;
          logger.info({ jobId: id }, 'a job is deleted: its time of retention is over');
        } catch (error) {
          if (isRedisAway(error)) throw error;
          // retried by its user or deleted by another process a moment ago, or younger jobs refer to it
          if (error instanceof HttpError) continue;
          logger.warn({ jobId: id, error: messageOf(error) }, 'a job could not be deleted wholly');
        }
      }
    },
  };
}
