/** How long a queue is, and how many workers it could use: what scales them. */
import { z } from 'zod';
import { QUEUE_NAMES } from '../../shared/engines.ts';
import { HttpError } from '../../shared/errors.ts';
import { queueStats } from '../../shared/queues.ts';
import { beginningOf } from '../../shared/secrets.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export const QueueParams = z.strictObject({
  name: z.string().meta({ description: `One of ${QUEUE_NAMES.join(', ')}.`, examples: [...QUEUE_NAMES] }),
});

export const QueueStats = z.strictObject({
  name: z.enum(QUEUE_NAMES),
  waiting: z.int(),
  active: z.int().describe('Those of dead workers included, until a living one takes them back.'),
  delayed: z.int().describe('Between two attempts, after a failure.'),
  paused: z.boolean().describe('On bull-board: no job of it is taken until it is resumed there.'),
  slotsPerWorker: z.int().describe('Jobs of this queue that one worker runs at once, as configured.'),
  oldestWaitingSeconds: z
    .number()
    .nullable()
    .describe('Since the oldest waiting job was submitted or came back; null when none waits.'),
  desiredWorkers: z
    .int()
    .describe(
      '(waiting + delayed + active) / slotsPerWorker, rounded up; while the queue is paused, of the active ones.',
    ),
});

export async function getQueueStats(
  { params: { name } }: RouteRequest<z.output<typeof QueueParams>>,
  { redis, slotsPerWorker }: ApiDeps,
) {
  const stats = (await queueStats(redis, slotsPerWorker)).find((queue) => queue.name === name);
  if (!stats) {
    const all = QUEUE_NAMES.join(', ');
    throw new HttpError(404, 'queue-not-found', `there is no queue ${beginningOf(name, 50)}; the queues are ${all}`);
  }
  return { status: 200 as const, body: stats };
}
