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
 *   active    → waiting     given back on interruption or for want of its engine, or its worker died
 *   active    → active      its worker died and another took it in one move: a new attempt
 *   active    → delayed     a failure, with budget left
 *   active    → failed      a failure that is permanent or the last of the budget; the tenth dead worker, or
 *                           the tenth attempt given back for want of its engine
 *   active    → cancelled   by the user
 *   failed    → waiting     retried by the user
 *   cancelled → waiting     retried by the user
 *
 * `completed`, `failed` and `cancelled` are ended.
 */
import { z } from 'zod';
import { JOB_STATES, JobId, type JobState } from './jobs.ts';
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

const StateEvent = z.strictObject({
  type: z.literal('state'),
  ...common,
  state: z.enum(JOB_STATES),
  reason: z.string().nullable(),
});
const StepEvent = z.strictObject({ type: z.literal('step'), ...common, ...LatestStep.shape });
const EpochEvent = z.strictObject({ type: z.literal('epoch'), ...common, ...EpochRow.shape });
const CheckpointEvent = z.strictObject({
  type: z.literal('checkpoint'),
  ...common,
  checkpoint: z.string(),
  cursor: Cursor,
  parametersSha256: z.string(),
});
const LogEvent = z.strictObject({
  type: z.literal('log'),
  ...common,
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
});

/** One entry of a job's event stream; `attempt` is the one it happened in (0: before the first). */
export const JobEvent = z.discriminatedUnion('type', [StateEvent, StepEvent, EpochEvent, CheckpointEvent, LogEvent]);
export type JobEvent = z.infer<typeof JobEvent>;

const ofJob = { jobId: JobId };

/** One entry of the stream of all jobs: what happens to a job, and that it was deleted. */
export const EventOfAll = z.discriminatedUnion('type', [
  StateEvent.extend(ofJob),
  StepEvent.extend(ofJob),
  EpochEvent.extend(ofJob),
  CheckpointEvent.extend(ofJob),
  LogEvent.extend(ofJob),
  z.strictObject({ type: z.literal('removed'), at: common.at, ...ofJob }),
]);
export type EventOfAll = z.infer<typeof EventOfAll>;
