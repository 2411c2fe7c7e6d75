/**
 * Every error that a user or another part of the system may meet: a closed set of codes,
 * and the classes that carry them. REST answers with them as problem+json (RFC 9457).
 */
import { z } from 'zod';
import { beginningOf } from './secrets.ts';

/** Stable: clients match on these. */
export const ERROR_CODES = [
  // of a request
  'validation-failed',
  'malformed-request',
  'malformed-json',
  'body-too-large',
  'unsupported-media-type',
  'not-acceptable',
  'not-found',
  'method-not-allowed',
  'host-not-allowed',
  'proxy-without-keys',
  'not-authenticated',
  'role-not-allowed',
  'forgery-suspected',
  'rate-limited',
  'too-many-streams',
  'job-not-found',
  'queue-not-found',
  'job-not-ended',
  'job-ended',
  'job-not-retryable',
  'job-referenced',
  'job-deleted',
  'idempotency-key-reused',
  'checkpoint-not-found',
  'checkpoint-damaged',
  'evaluation-not-found',
  'engine-unavailable',
  'dashboard-not-built',
  'redis-unavailable',
  'store-unavailable',
  'internal',
  // of a job
  'dataset-unavailable',
  'loss-not-finite',
  'max-seconds-passed',
  'trainer-died',
  'trainer-hung',
  'out-of-memory',
  'worker-lost',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One faulty field of a request: where, what was found there, what is allowed. */
export const FieldFault = z.strictObject({
  field: z.string().describe('As one would write it: `spec.optimizer.learningRate`, `tags[2]`; `(all)` for the whole.'),
  value: z.unknown().optional().describe('What was sent, shortened where it is long; absent where nothing was.'),
  allowed: z.string().describe('What is allowed there, in words.'),
});
export type FieldFault = z.infer<typeof FieldFault>;

/** The body of every error answer. */
export const Problem = z.strictObject({
  type: z.string().describe('`urn:trainyard:problem:` and the code.'),
  title: z.string(),
  status: z.int(),
  code: z.enum(ERROR_CODES).describe('Stable: match on this.'),
  detail: z.string().describe('What went wrong this time, in words.'),
  instance: z.string().optional().describe('What was asked for.'),
  errors: z.array(FieldFault).optional().describe('Every faulty field of the request, at most 100.'),
});
export type Problem = z.infer<typeof Problem>;

/** An error that a request is answered with. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly faults: FieldFault[];
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: ErrorCode,
    detail: string,
    { faults = [], headers = {} }: { faults?: FieldFault[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.faults = faults;
    this.headers = headers;
  }
}

/** 404: whatever was given as its id, it is none of ours. */
export function jobNotFound(id: string): HttpError {
  return new HttpError(404, 'job-not-found', `there is no job ${beginningOf(id, 50)}`);
}

/** A failure that a later attempt may not meet again: back-off, then another try. */
export class RetryableError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RetryableError';
    this.code = code;
  }
}

/** Whether this worker lacks the engine, or the GPU that it must have: another one may have it. */
export function isEngineUnavailable(error: unknown): error is RetryableError {
  return error instanceof RetryableError && error.code === 'engine-unavailable';
}

/** A failure that every attempt would meet: the job fails at once. */
export class PermanentError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentError';
    this.code = code;
  }
}

/** The user cancelled the job. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled by the user');
    this.name = 'Cancelled';
  }
}

/** The attempt was stopped, or never came to a trainer, so that another worker can go on: no failure. */
export class Interrupted extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Interrupted';
  }
}

/** The job's lock is no longer ours: another worker has it, nothing that we write counts. */
export class LockLost extends Error {
  constructor(message = 'the lock of the job is no longer ours') {
    super(message);
    this.name = 'LockLost';
  }
}

/** For logs and job records: the message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
