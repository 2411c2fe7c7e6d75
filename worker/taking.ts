/**
 * Which queues a worker takes jobs from at this moment, and how many at once. It rests as a whole for as long as there is
 * a reason to; a queue whose engine its trainers cannot have is dropped, and the others go on. Jobs that run go on in
 * either case.
 */
import type { Worker as BullWorker } from 'bullmq';
import type { QueueName } from '../shared/engines.ts';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/process.ts';
import type { DroppedQueue } from '../shared/workers.ts';

/** What keeps a worker from taking any job for a while. */
type Rest = 'redis' | 'store';

type Taker = Pick<BullWorker, 'run' | 'pause' | 'resume' | 'isPaused' | 'isRunning' | 'concurrency'>;

export interface TakingOptions {
  takers: ReadonlyMap<QueueName, Taker>;
  /** How many jobs of the queue the worker runs at once from now on; 0: it is dropped. */
  onServed(queue: QueueName, slots: number): void;
  logger: Logger;
}

export function createTaking({ takers, onServed, logger }: TakingOptions) {
  const rests = new Set<Rest>();
  const dropped = new Map<QueueName, { why: string; isForGood: boolean }>();
  let isOpen = false;

  function settle(): void {
    if (!isOpen) return;
    for (const [queue, taker] of takers) {
      if (rests.size > 0 || dropped.has(queue)) void taker.pause(true);
      else if (taker.isPaused()) void taker.resume();
      else if (!taker.isRunning())
        taker.run().catch((error: unknown) => logger.error({ queue, error: messageOf(error) }, 'queue stopped'));
    }
  }

  function drop(queue: QueueName, why: string, isForGood: boolean): void {
    const before = dropped.get(queue);
    dropped.set(queue, { why, isForGood: isForGood || before?.isForGood === true });
    if (before) return;
    logger.error({ queue, why }, 'this worker drops the queue: it cannot have the engine for it');
    onServed(queue, 0);
    settle();
  }

  function takeAgain(queue: QueueName, taker: Taker): void {
    if (dropped.get(queue)?.isForGood !== false) return;
    dropped.delete(queue);
    logger.info({ queue }, 'this worker serves the queue again');
    onServed(queue, taker.concurrency);
    settle();
  }

  function takeAtOnce(queue: QueueName, taker: Taker, slots: number): void {
    const before = taker.concurrency;
    if (slots === before) return;
    taker.concurrency = slots;
    if (dropped.has(queue)) return;
    logger.info({ queue, slots }, 'this worker runs so many jobs of the queue at once from now on');
    onServed(queue, slots);
    // BullMQ looks for more jobs when one has ended, and when it is resumed.
    if (isOpen && slots > before) void taker.pause(true);
    settle();
  }

  return {
    begin(): void {
      isOpen = true;
      settle();
    },

    /** Nothing is begun or resumed from now on. */
    end(): void {
      isOpen = false;
    },

    rest(reason: Rest): void {
      rests.add(reason);
      settle();
    },

    goOn(reason: Rest): void {
      if (rests.delete(reason)) settle();
    },

    isResting: (reason: Rest) => rests.has(reason),

    /** @param isForGood whether no trainer is kept with the queue's engine, which could tell when it can be opened */
    drop,

    /** @param fit how many jobs their trainers can do at once, or why these cannot have the engine that they keep warm */
    servedBy(queues: readonly QueueName[], fit: number | Error): void {
      for (const queue of queues) {
        const taker = takers.get(queue);
        if (fit instanceof Error) drop(queue, fit.message, false);
        else if (taker) {
          takeAtOnce(queue, taker, fit);
          takeAgain(queue, taker);
        }
      }
    },

    isDropped: (queue: QueueName) => dropped.has(queue),

    dropped: (): DroppedQueue[] => [...dropped].map(([queue, { why }]) => ({ queue, why })),
  };
}
