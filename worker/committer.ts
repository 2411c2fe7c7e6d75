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
  /** Aborted by whoever stops the attempt, and here if a commit fails for another reason, however late. */
  stop: AbortController;
  say(level: 'info' | 'warn', line: string): Promise<void>;
  times?: Partial<typeof TIMES>;
}

/** The job fails with the third. */
const MOST_HELD = 2;
const LONGEST_BACKOFF_MS = 30_000;
/** In milliseconds. */
const TIMES = {
  /** Before the first try again; doubled each time, up to half a minute. */
  backoff: 1_000,
  /** After which training goes on while the store still takes a checkpoint. */
  firstTry: 5_000,
  /** After which the attempt fails: at the end of its run, and when too many are held. */
  patience: 60_000,
  /** After a stop: when a trainer hears that it need not wait. It is killed after 5 s. */
  release: 4_000,
  /** After a stop: when the store must have answered. The process is gone after 9 s, and a late checkpoint comes after 5. */
  giveUp: 7_500,
  /** For the last try of an attempt that was not stopped, but failed. */
  lastTry: 4_000,
};

export function createCommitter<Checkpoint extends { name: string }>({
  commit,
  stop,
  say,
  times,
}: CommitterOptions<Checkpoint>): Committer<Checkpoint> {
  const { backoff, firstTry, patience, release, giveUp, lastTry } = { ...TIMES, ...times };
  const { signal } = stop;
  const held: Checkpoint[] = [];
  /** Why the first of them is held; null while the store takes what it is given. */
  let fault: RetryableError | null = null;
  let tries = 0;
  let working: Promise<void> = Promise.resolve();
  let retryTimer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const released = whenPassed(signal, release);
  const givenUp = whenPassed(signal, giveUp);

  const waitMs = () => Math.min(LONGEST_BACKOFF_MS, backoff * 2 ** (tries - 1));

  /** All that is held, up to the first that the store cannot take; never twice at the same time. */
  function commitHeld(): Promise<void> {
    working = working.catch(() => {}).then(commitInOrder);
    return working;
  }

  async function commitInOrder(): Promise<void> {
    clearTimeout(retryTimer);
    try {
      for (let next = held[0]; next && !isClosed; next = held[0]) {
        await commit(next);
        held.shift();
      }
    } catch (error) {
      if (!isStoreAway(error)) {
        stop.abort(error);
        throw error;
      }
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
    // What is not the store's fault has stopped the attempt.
    commitHeld().catch(() => {});
  }

  function whyHeld(): RetryableError {
    return fault ?? new RetryableError('store-unavailable', 'it did not answer in time');
  }

  return {
    async add(checkpoint) {
      held.push(checkpoint);
      // A store that is slow holds training up only when that many wait for it.
      const longest = held.length > MOST_HELD ? patience : firstTry;
      await Promise.race([commitHeld(), released, passing(longest)]);
      // Whoever stops the attempt tells its outcome.
      if (held.length <= MOST_HELD || signal.aborted) return;
      const { code, message } = whyHeld();
      const names = held.map(({ name }) => name).join(', ');
      throw new RetryableError(code, `the checkpoints ${names} cannot be saved: ${message}`, { cause: fault });
    },

    async finish() {
      const deadline = Date.now() + patience;
      for (;;) {
        await Promise.race([commitHeld(), released, passing(deadline - Date.now())]);
        if (held.length === 0) return;
        signal.throwIfAborted();
        if (Date.now() >= deadline) throw whyHeld();
        await pause(waitMs(), undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },

    async lastTry() {
      if (held.length === 0) return null;
      await Promise.race([commitHeld(), givenUp, passing(lastTry)]);
      return held.length === 0 ? null : whyHeld();
    },

    close() {
      isClosed = true;
      clearTimeout(retryTimer);
    },
  };
}

function passing(milliseconds: number): Promise<void> {
  return pause(Math.max(0, milliseconds), undefined, { ref: false });
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
