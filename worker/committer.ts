/**
 * Commits an attempt's checkpoints in the order in which they were taken. One that the store cannot take is held
 * while training goes on, and tried again: with back-off, when the next is due, and once more when the attempt ends.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { RetryableError } from '../shared/errors.ts';

export interface Committer<Checkpoint> {
  /** Resolves once it is committed or held. @throws RetryableError when the store could not take the two before it either */
  add(checkpoint: Checkpoint): Promise<void>;
  /** The run is over: resolves once nothing is held. @throws RetryableError if that takes too long, or the stop's reason */
  finish(): Promise<void>;
  /** The attempt ends otherwise: tries once more, for a few seconds at most. @returns why it still holds some, if it does */
  lastTry(): Promise<RetryableError | null>;
  /** Nothing is tried from now on. */
  close(): void;
}

export interface CommitterOptions<Checkpoint> {
  /** @throws RetryableError('store-unavailable') if it is to be tried again */
  commit(checkpoint: Checkpoint): Promise<void>;
  /** Aborted by whoever stops the attempt, and here if a commit fails between two checkpoints for another reason. */
  stop: AbortController;
  say(level: 'info' | 'warn', line: string): Promise<void>;
  /** Milliseconds before the first try again; doubled each time, up to half a minute. */
  backoffMs?: number;
  /** Milliseconds for which `finish` goes on trying. */
  patienceMs?: number;
}

/** The job fails with the third. */
const MOST_HELD = 2;
const LONGEST_BACKOFF_MS = 30_000;
/** Milliseconds after a stop within which a store must have answered: a worker has 9 s in all to give its jobs back. */
const LAST_TRY_MS = 4_000;
/** Milliseconds after which training goes on while the store still takes a checkpoint. */
const FIRST_TRY_MS = 5_000;

export function createCommitter<Checkpoint extends { name: string }>({
  commit,
  stop,
  say,
  backoffMs = 1_000,
  patienceMs = 60_000,
}: CommitterOptions<Checkpoint>): Committer<Checkpoint> {
  const { signal } = stop;
  const held: Checkpoint[] = [];
  /** Why the first of them is held; null while the store takes what it is given. */
  let fault: RetryableError | null = null;
  let tries = 0;
  let working: Promise<void> = Promise.resolve();
  let retryTimer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const stopPassed = whenPassed(signal, LAST_TRY_MS);

  const waitMs = () => Math.min(LONGEST_BACKOFF_MS, backoffMs * 2 ** (tries - 1));

  /** All that is held, up to the first that the store cannot take; never twice at the same time. */
  function commitHeld(): Promise<void> {
    working = working.catch(() => {}).then(commitInOrder);
    return working;
  }

  async function commitInOrder(): Promise<void> {
    clearTimeout(retryTimer);
    try {
      for (let next = held[0]; next; next = held[0]) {
        await commit(next);
        held.shift();
      }
    } catch (error) {
      if (!isStoreAway(error)) throw error;
      tries += 1;
      const isFirst = fault === null;
      fault = error;
      if (!isClosed) retryTimer = setTimeout(retry, waitMs());
      if (isFirst)
        await say('warn', `checkpoint ${held[0]?.name} cannot be saved and is tried again: ${error.message}`);
      return;
    }
    const wasAway = fault !== null;
    fault = null;
    tries = 0;
    if (wasAway) await say('info', 'the checkpoint store can be used again: every checkpoint is saved');
  }

  function retry(): void {
    commitHeld().catch((error: unknown) => stop.abort(error));
  }

  return {
    async add(checkpoint) {
      held.push(checkpoint);
      // A store that is slow holds training up only when that many wait for it.
      const enough = held.length > MOST_HELD ? [] : [pause(FIRST_TRY_MS, undefined, { ref: false })];
      await Promise.race([commitHeld(), stopPassed, ...enough]);
      // Whoever stops the attempt tells its outcome.
      if (fault === null || held.length <= MOST_HELD || signal.aborted) return;
      const names = held.map(({ name }) => name).join(', ');
      throw new RetryableError(fault.code, `the checkpoints ${names} cannot be saved: ${fault.message}`, {
        cause: fault,
      });
    },

    async finish() {
      const deadline = Date.now() + patienceMs;
      for (;;) {
        await Promise.race([commitHeld(), stopPassed]);
        if (held.length === 0) return;
        signal.throwIfAborted();
        if (fault !== null && Date.now() > deadline) throw fault;
        await pause(waitMs(), undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },

    async lastTry() {
      if (held.length === 0) return null;
      await Promise.race([commitHeld(), stopPassed, pause(LAST_TRY_MS, undefined, { ref: false })]);
      return held.length === 0 ? null : (fault ?? new RetryableError('store-unavailable', 'it did not answer in time'));
    },

    close() {
      isClosed = true;
      clearTimeout(retryTimer);
    },
  };
}

function whenPassed(signal: AbortSignal, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const wait = () => setTimeout(resolve, milliseconds).unref();
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
}

export function isStoreAway(error: unknown): error is RetryableError {
  return error instanceof RetryableError && error.code === 'store-unavailable';
}
