/** How many jobs there are: by state, and in each queue. */
import { z } from 'zod';
import { QUEUE_NAMES } from '../../shared/engines.ts';
import { queueCounts } from '../../shared/queues.ts';
import { StateCounts } from '../../shared/views.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export const JobCounts = z.strictObject({
  states: StateCounts,
  queues: z.array(
    z.strictObject({
      name: z.enum(QUEUE_NAMES),
      waiting: z.int(),
      active: z.int(),
      delayed: z.int(),
      paused: z.boolean(),
    }),
  ),
});

export async function countJobs(_request: RouteRequest, { store, redis }: ApiDeps) {
  const [states, queues] = await Promise.all([store.countByState(), queueCounts(redis)]);
  return { status: 200 as const, body: { states, queues } };
}
