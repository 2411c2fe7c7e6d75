/** The job record as it lies in Redis: one hash per job, and how it is read. */
import { z } from 'zod';
import { CheckpointName } from './checkpoints/name.ts';
import { QUEUE_NAMES, type QueueName } from './engines.ts';
import { EvalSpec, JOB_STATES, JobId, TrainSpec } from './jobs.ts';
import {
  Attempt,
  Cursor,
  EpochRow,
  EvalResult,
  JobFailure,
  JobProgress,
  LatestStep,
  ResolvedCheckpoint,
  TrainResult,
} from './views.ts';

const text = z.string();
const absent = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);
const json = <T extends z.ZodType>(schema: T) =>
  text
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
const count = z.coerce.number().int().min(0);
/** What a Date can hold: whoever shows one beside others must not fail by it. */
const time = z.coerce.number().int().min(0).max(8.64e15);

/** Times are milliseconds since 1970. Absent fields read as null. */
const recordShape = {
  id: JobId,
  name: absent(text),
  tags: json(z.array(text)),
  priority: z.coerce.number().int(),
  queue: z.enum(QUEUE_NAMES),
  state: z.enum(JOB_STATES),
  createdAt: time,
  startedAt: absent(time),
  finishedAt: absent(time),
  delayedUntil: absent(time),
  cancelRequestedAt: absent(time),
  /** Number of the latest attempt. */
  attempt: count,
  /** Failures, dead workers, attempts without the engine and active milliseconds since submit or the last retry. */
  failures: count,
  deaths: count,
  /** Absent before the first. */
  withoutEngine: count.default(0),
  activeMs: count,
  /** Name of the worker that has it. */
  worker: absent(text),
  attemptStartedAt: absent(time),
  beatAt: absent(time),
  progress: absent(json(JobProgress)),
  latest: absent(json(LatestStep)),
  /** Row of the last whole epoch, here too so that a list needs no other key. */
  latestEpoch: absent(json(EpochRow)),
  /** Names of committed checkpoints. */
  checkpoint: absent(CheckpointName),
  bestCheckpoint: absent(CheckpointName),
  /** What the spec's reference was resolved to. */
  resolvedCheckpoint: absent(json(ResolvedCheckpoint)),
  error: absent(json(JobFailure)),
};

export const TrainRecord = z.object({
  kind: z.literal('train'),
  spec: json(TrainSpec),
  result: absent(json(TrainResult)),
  ...recordShape,
});
export type TrainRecord = z.infer<typeof TrainRecord>;

export const EvalRecord = z.object({
  kind: z.literal('eval'),
  spec: json(EvalSpec),
  result: absent(json(EvalResult)),
  ...recordShape,
});
export type EvalRecord = z.infer<typeof EvalRecord>;

export const JobRecord = z.discriminatedUnion('kind', [TrainRecord, EvalRecord]);
export type JobRecord = z.infer<typeof JobRecord>;

/** A settled job, not yet stored. */
export type NewJob = ({ kind: 'train'; spec: TrainSpec } | { kind: 'eval'; spec: EvalSpec }) & {
  id: JobId;
  name: string | null;
  tags: string[];
  priority: number;
  queue: QueueName;
  /** Name of the checkpoint that the spec refers to, if it names an epoch; `best` and `last` are settled later. */
  checkpoint: CheckpointName | null;
};

/** A record with the attempts made on it, first one first. */
export interface Job {
  record: JobRecord;
  attempts: Attempt[];
}

/** What the record says of a checkpoint; the manifest in the store says more. */
export const CommittedCheckpoint = z.strictObject({
  name: CheckpointName,
  cursor: Cursor,
  attempt: z.int(),
  parametersSha256: text,
  bytes: z.int(),
  validationLoss: z.number().nullable(),
  createdAt: z.iso.datetime(),
});
export type CommittedCheckpoint = z.infer<typeof CommittedCheckpoint>;

/** As it lies there once it is created. */
export function newRecord(job: NewJob, createdAt: number): JobRecord {
  const { id, name, tags, priority, queue } = job;
  const fresh = {
    id,
    name,
    tags,
    priority,
    queue,
    state: 'waiting' as const,
    createdAt,
    startedAt: null,
    finishedAt: null,
    delayedUntil: null,
    cancelRequestedAt: null,
    attempt: 0,
    failures: 0,
    deaths: 0,
    withoutEngine: 0,
    activeMs: 0,
    worker: null,
    attemptStartedAt: null,
    beatAt: null,
    progress: null,
    latest: null,
    latestEpoch: null,
    checkpoint: null,
    bestCheckpoint: null,
    resolvedCheckpoint: null,
    error: null,
  };
  // one kind at a time, so that spec and result are those of the kind
  return job.kind === 'train'
    ? { ...fresh, kind: job.kind, spec: job.spec, result: null }
    : { ...fresh, kind: job.kind, spec: job.spec, result: null };
}

export function parseRecord(hash: Record<string, string>): JobRecord {
  return JobRecord.parse(hash);
}

export function parseAttempts(hash: Record<string, string>): Attempt[] {
  return Object.values(hash)
    .map((value) => Attempt.parse(JSON.parse(value)))
    .sort((a, b) => a.attempt - b.attempt);
}

/** The furthest first. */
export function parseCheckpoints(entries: readonly string[]): CommittedCheckpoint[] {
  return entries.map((entry) => CommittedCheckpoint.parse(JSON.parse(entry))).sort(byProgress);
}

/** Later cursor first; of one cursor the later attempt first. */
export function byProgress(a: CommittedCheckpoint, b: CommittedCheckpoint): number {
  return b.cursor.epoch - a.cursor.epoch || b.cursor.step - a.cursor.step || b.attempt - a.attempt;
}
