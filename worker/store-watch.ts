/**
 * Whether this worker may count on the checkpoint store. An attempt that has failed for want of it would be followed by
 * the next job's, and the queue be spent on an outage: until the store passes its check, no job is taken. The check is
 * made with back-off, which goes on growing where it passes and the next attempt fails all the same.
 */
import { once } from 'node:events';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/process.ts';

/** Milliseconds before the first check; doubled each time, up to the most. */
const FIRST_CHECK_MS = 2_000;
const LONGEST_BACKOFF_MS = 30_000;

export type StoreWatch = ReturnType<typeof createStoreWatch>;

export interface StoreWatchOptions {
  checkpoints: Pick<CheckpointStore, 'check'>;
  /** No job is to be taken. */
  onAway(): void;
  /** Jobs may be taken again. */
  onBack(): void;
  logger: Logger;
}

export function createStoreWatch({ checkpoints, onAway, onBack, logger }: StoreWatchOptions) {
  let isAway = false;
  /** Failures since the store last took a file of an attempt. */
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const closing = new AbortController();
  const closed = once(closing.signal, 'abort').then(() => false);

  function failed(error: unknown): void {
    if (isAway || closing.signal.aborted) return;
    isAway = true;
    logger.warn({ error: messageOf(error) }, 'the checkpoint store cannot be used: no job is taken until it can');
    onAway();
    checkLater();
  }

  function checkLater(): void {
    timer = setTimeout(checkAgain, Math.min(LONGEST_BACKOFF_MS, FIRST_CHECK_MS * 2 ** failures));
    failures += 1;
  }

  async function checkAgain(): Promise<void> {
    const fault = await checkpoints.check().then(() => null, messageOf);
    if (closing.signal.aborted) return;
    if (fault !== null) return checkLater();
    isAway = false;
    logger.info('the checkpoint store can be used again: jobs are taken');
    onBack();
  }

  return {
    isAway: () => isAway,

    /** An attempt has failed because the store cannot be used. */
    failed,

    /** The store has taken a file of an attempt. */
    served(): void {
      failures = 0;
    },

    /** Asks the store; if it cannot be used, it is away from now on. Closing does not wait for its answer. */
    async isThere(): Promise<boolean> {
      const asked = checkpoints.check().then(
        () => true,
        (error: unknown) => {
          failed(error);
          return false;
        },
      );
      return Promise.race([closed, asked]);
    },

    close(): void {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
