/**
 * What has happened in this yard since its Redis began: counted with the change itself (job-scripts/), once for the
 * whole yard. Workers could not count it: one that gives its job back is gone before anyone asks it for its metrics.
 */
import type { Redis } from 'ioredis';
import { ENDED_STATES } from './events.ts';
import { keys } from './keys.ts';
import { ATTEMPT_OUTCOMES } from './views.ts';

/** Why a job runs again after it failed or was cancelled. */
export const RETRY_REASONS = ['failure', 'user'] as const;

/** By the field of the hash: name of the counter, and its label. */
export const TOTALS = {
  submitted: ['jobs'],
  ended: ENDED_STATES,
  attempt: ATTEMPT_OUTCOMES,
  retry: RETRY_REASONS,
} as const;

export type TotalName = keyof typeof TOTALS;
export type Totals = Record<TotalName, Record<string, number>>;

export async function readTotals(redis: Redis): Promise<Totals> {
  const counts = await redis.hgetall(keys.totals);
  const ofName = ([name, labels]: [string, readonly string[]]) =>
    [name, Object.fromEntries(labels.map((label) => [label, Number(counts[`${name} ${label}`] ?? 0)]))] as const;
  return Object.fromEntries(Object.entries(TOTALS).map(ofName)) as Totals;
}
