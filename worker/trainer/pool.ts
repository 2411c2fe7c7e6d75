/** A worker's slots: that many trainers, kept warm between jobs and replaced when they die. */
import { Interrupted, isEngineUnavailable, messageOf, PermanentError, RetryableError } from '../../shared/errors.ts';
import type { EngineName } from '../../shared/jobs.ts';
import type { Logger } from '../../shared/process.ts';
import { missingGpu } from './missing-gpu.ts';
import type { Warmth } from './protocol.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';

/** Milliseconds before a trainer that could not even start is tried again; doubled each time, up to the most. */
const RESPAWN_MS = 1000;
const RESPAWN_MOST_MS = 30_000;

export interface TrainerPoolOptions extends TrainerOptions {
  slots: number;
  /** What a fresh trainer loads before its first job. */
  warmth: Warmth;
  /** Nothing is started before this has come to an end. */
  after?: Promise<unknown>;
  /** Jobs after which a trainer that has opened these engines makes room for a fresh one; 0: never. */
  maxJobs(opened: ReadonlySet<EngineName>): number;
  /** Told how many slots have a trainer that can take a job, or will have; or why none has the engine that it is to keep warm. */
  onFit(fit: number | RetryableError): void;
  /** One that died, hung or could not get ready is replaced. */
  onReplace(): void;
  logger: Logger;
}

export type TrainerPool = ReturnType<typeof createTrainerPool>;

export function createTrainerPool(options: TrainerPoolOptions) {
  const { slots, warmth, maxJobs, after = Promise.resolve(), logger } = options;
  const idle: Trainer[] = [];
  const all = new Set<Trainer>();
  /** Those that have been ready. */
  const fit = new Set<Trainer>();
  /** Why the latest trainer of a slot could not get ready. */
  const lacking = new Map<number, unknown>();
  /** Of the latest that could not get ready. */
  let fault: string | null = null;
  const waiting: { take(trainer: Trainer): void; fail(error: unknown): void }[] = [];
  let closed = false;
  let first: { ready(): void; fail(error: unknown): void } | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    first = { ready: resolve, fail: reject };
  });
  ready.catch(() => {});
  let onTried = () => {};
  const tried = new Promise<void>((resolve) => {
    onTried = resolve;
  });
  /** Those that have done their jobs, and leave. */
  const spent = new Set<Trainer>();

  function offer(trainer: Trainer): void {
    const most = maxJobs(trainer.opened);
    if (most > 0 && trainer.jobs >= most) {
      spent.add(trainer);
      void trainer.close();
      return;
    }
    const taker = waiting.shift();
    if (taker) taker.take(trainer);
    else idle.push(trainer);
  }

  /** One that has just failed may not be gone yet. */
  function isFit(): boolean {
    return [...fit].some(({ state }) => state !== 'gone');
  }

  const fitSlots = () => slots - lacking.size;

  /**
   * Those who wait leave, for another worker that may be free; so that one is not kept from them, and none waits for ever.
   * Once this worker takes no more jobs than it has fit trainers, or such that warm up, whoever waits all the same waits
   * for one of these.
   */
  function lacks(slot: number, error: unknown): void {
    const isNew = !lacking.has(slot);
    lacking.set(slot, error);
    const mayWait = fitSlots() > 0;
    if (mayWait && !isNew) return;
    if (mayWait) options.onFit(fitSlots());
    else {
      if ([...lacking.values()].every(isEngineUnavailable)) first?.fail(error);
      if (isEngineUnavailable(error)) options.onFit(error);
    }
    for (const taker of waiting.splice(0)) taker.fail(unready(error, mayWait));
  }

  function spawn(slot: number, delay = RESPAWN_MS): void {
    if (closed) return;
    const trainer = new Trainer(options);
    all.add(trainer);
    void trainer.gone.then(({ how, isStopped }) => {
      all.delete(trainer);
      const wasReady = fit.delete(trainer);
      const index = idle.indexOf(trainer);
      if (index >= 0) idle.splice(index, 1);
      if (closed) return;
      if (spent.delete(trainer)) {
        logger.debug({ trainer: trainer.pid, jobs: trainer.jobs }, 'a trainer has done its jobs and is replaced');
        spawn(slot);
        return;
      }
      if (isStopped) {
        logger.info({ trainer: trainer.pid, why: how }, 'a trainer was stopped by this worker and is replaced');
      } else {
        logger.warn({ trainer: trainer.pid, how }, 'a trainer is gone and is replaced');
        options.onReplace();
      }
      if (wasReady) spawn(slot);
      else setTimeout(() => spawn(slot, Math.min(2 * delay, RESPAWN_MOST_MS)), delay).unref();
    });
    trainer.warm(warmth).then(
      () => {
        fit.add(trainer);
        lacking.delete(slot);
        fault = null;
        options.onFit(fitSlots());
        first?.ready();
        onTried();
        offer(trainer);
      },
      async (reason: unknown) => {
        if (closed) return;
        const error = await withRemarks(reason, trainer);
        fault = messageOf(error);
        logger.error({ trainer: trainer.pid, error: fault }, 'a trainer could not get ready');
        trainer.kill(fault);
        lacks(slot, error);
        onTried();
      },
    );
  }

  after
    .catch(() => {})
    .then(() => {
      for (let slot = 0; slot < slots; slot += 1) spawn(slot);
    });

  /** Waits for a trainer that is free. @throws the signal's reason, Interrupted | RetryableError if there is to be none */
  async function acquire(signal: AbortSignal): Promise<Trainer> {
    signal.throwIfAborted();
    for (let free = idle.shift(); free; free = idle.shift()) if (free.isFree) return free;
    return new Promise((resolve, reject) => {
      const taker = {
        take: (trainer: Trainer) => {
          signal.removeEventListener('abort', leave);
          resolve(trainer);
        },
        fail: (error: unknown) => {
          signal.removeEventListener('abort', leave);
          reject(error);
        },
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(taker), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(taker);
    });
  }

  return {
    /** Resolves when one can take a job; rejects if those of all slots cannot have their engine, or the GPU that they must have. */
    ready,

    /** Resolves when the first is ready, or could not get ready. */
    tried,

    /** The engine that each has when it is ready. */
    keeps: warmth.engine,

    /** Whether one lives that has become ready. */
    isFit,

    /** How many jobs it does at once, as far as it is known: slots whose latest trainer could not get ready do none. */
    fitSlots,

    /** Why the latest could not get ready; null if one has, since. */
    fault: () => fault,

    /** Process ids of the living trainers. */
    pids: () => [...all].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),

    /**
     * Has a free trainer do something, waiting for one if need be.
     * @throws the signal's reason; where no trainer gets ready for it, Interrupted if that is no fault of the job, else
     * RetryableError; or what `work` throws
     */
    async use<T>(signal: AbortSignal, work: (trainer: Trainer) => Promise<T>): Promise<T> {
      const trainer = await acquire(signal);
      try {
        return await work(trainer);
      } finally {
        if (trainer.isFree) offer(trainer);
      }
    },

    async close(): Promise<void> {
      closed = true;
      await Promise.all([...all].map((trainer) => trainer.close()));
    },
  };
}

/** What TensorFlow said of the GPU that it does not use stands in its error output, which ends with the process. */
async function withRemarks(error: unknown, trainer: Trainer): Promise<unknown> {
  const isOpen = trainer.device !== null;
  if (!isEngineUnavailable(error) || !isOpen) return error;
  trainer.kill(error.message);
  await trainer.gone;
  return new RetryableError(error.code, `${error.message}. ${missingGpu(trainer.said('all'))}`);
}

/**
 * Whatever keeps trainers of this worker from getting ready, another worker may not have it. Where others are fit or
 * warm up, or the engine is what this worker lacks, it takes no more jobs than it can do, and nothing is said against those that it took.
 */
function unready(error: unknown, othersMay: boolean): Interrupted | RetryableError {
  const why = `${othersMay ? 'a' : 'no'} trainer of the worker could ${othersMay ? 'not ' : ''}get ready: ${messageOf(error)}`;
  if (othersMay || isEngineUnavailable(error)) return new Interrupted(why);
  const code = error instanceof PermanentError || error instanceof RetryableError ? error.code : 'trainer-died';
  return new RetryableError(code, why);
}
