/** Ids of jobs: what is one, and how they are made. */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { JOB_ID_PATTERN } from './job-id.ts';

/** Sorts by time of submission; holds no `:` and is no integer, as BullMQ asks of a job id. */
export const JobId = z
  .string()
  .regex(JOB_ID_PATTERN)
  .meta({ allowed: 'a job id, as POST /v1/jobs returned it' })
  .brand('JobId');
export type JobId = z.infer<typeof JobId>;

let latestId = { time: 0, number: 0 };

/**
 * `j`, the time in milliseconds (9 characters, base 36), and a random number of 39 bits (10 characters,
 * hexadecimal); within a millisecond each is one more than the one before, so that jobs submitted as one list are listed in its order.
 */
export function newJobId(now: number = Date.now()): JobId {
  const number = now === latestId.time ? latestId.number + 1 : randomInt(2 ** 39);
  latestId = { time: now, number };
  return `j${now.toString(36).padStart(9, '0')}${number.toString(16).padStart(10, '0')}` as JobId;
}
