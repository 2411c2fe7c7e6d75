/** How many jobs of each queue one worker runs at once, as the API is told: `2`, or `train-cpu=2` for each pool. */
import { QUEUE_NAMES, type QueueName } from './engines.ts';

export type SlotsPerWorker = Record<QueueName, number>;

export const MOST_SLOTS = 64;

const TRAINING_QUEUES = QUEUE_NAMES.filter((name) => name !== 'eval');

const ALLOWED =
  `a whole number from 1 to ${MOST_SLOTS}, or one for each queue of trainings that is not 1, as ` +
  `train-cpu=2 (queues: ${TRAINING_QUEUES.join(', ')}; a worker always runs one evaluation at a time)`;

/** @throws RangeError saying what is allowed */
export function parseSlotsPerWorker(text: string): SlotsPerWorker {
  const slots = allQueues(/^\d+$/.test(text) ? slotsOf(text) : 1);
  if (/^\d+$/.test(text)) return slots;
  const named = text.split(',').map((part) => part.split('=') as [string, string?]);
  for (const [queue, count = ''] of named) slots[trainingQueue(queue)] = slotsOf(count);
  if (new Set(named.map(([queue]) => queue)).size < named.length) throw new RangeError(ALLOWED);
  return slots;
}

/** That many trainings of every queue. */
export function allQueues(trainings: number): SlotsPerWorker {
  const entries = QUEUE_NAMES.map((name) => [name, name === 'eval' ? 1 : trainings]);
  return Object.fromEntries(entries) as SlotsPerWorker;
}

function trainingQueue(name: string): QueueName {
  const queue = TRAINING_QUEUES.find((one) => one === name);
  if (queue === undefined) throw new RangeError(ALLOWED);
  return queue;
}

function slotsOf(text: string): number {
  const slots = /^\d+$/.test(text) ? Number(text) : 0;
  if (slots < 1 || slots > MOST_SLOTS) throw new RangeError(ALLOWED);
  return slots;
}
