/**
 * What happens to a job. The states and every allowed move:
 *
 *   (submit)  → waiting     the record is written, then BullMQ's job added
 *   waiting   → active      a worker took it: a new attempt begins
 *   waiting   → cancelled   by the user
 *   delayed   → waiting     its back-off has passed
 *   delayed   → active      the same, taken before anyone noted it
 *   delayed   → cancelled   by the user
 *   active    → completed
 *   active    → waiting     given back on interruption, or its worker died
 *   active    → active      its worker died and another took it in one move: a new attempt
 *   active    → delayed     a failure, with budget left
 *   active    → failed      a failure that is permanent or the last of the budget, or the tenth dead worker
 *   active    → cancelled   by the user
 *   failed    → waiting     retried by the user
 *   cancelled → waiting     retried by the user
 *
 * `completed`, `failed` and `cancelled` are ended.
 */
import { z } from 'zod';
import { JOB_STATES, type JobState } from './jobs.ts';
import { Cursor, EpochRow, LatestStep } from './views.ts';

export const MOVES = {
  waiting: ['active', 'cancelled'],
  delayed: ['waiting', 'active', 'cancelled'],
  active: ['completed', 'waiting', 'active', 'delayed', 'failed', 'cancelled'],
  completed: [],
  failed: ['waiting'],
  cancelled: ['waiting'],
} as const satisfies Record<JobState, readonly JobState[]>;

export const ENDED_STATES = ['completed', 'failed', 'cancelled'] as const satisfies readonly JobState[];

export function isEnded(state: JobState): boolean {
  return (ENDED_STATES as readonly JobState[]).includes(state);
}

const common = { attempt: z.int(), at: z.iso.datetime() };

/** One entry of a job's event stream; `attempt` is the one it happened in (0: before the first). */
export const JobEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('state'), ...common, state: z.enum(JOB_STATES), reason: z.string().nullable() }),
  z.strictObject({ type: z.literal('step'), ...common, ...LatestStep.shape }),
  z.strictObject({ type: z.literal('epoch'), ...common, ...EpochRow.shape }),
  z.strictObject({
    type: z.literal('checkpoint'),
    ...common,
    checkpoint: z.string(),
    cursor: Cursor,
    parametersSha256: z.string(),
  }),
  z.strictObject({
    type: z.literal('log'),
    ...common,
    level: z.enum(['info', 'warn', 'error']),
    message: z.string(),
  }),
]);
export type JobEvent = z.infer<typeof JobEvent>;
