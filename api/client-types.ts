/** What the API takes and answers, as types: all of them are those of the schemas that it validates and answers by. */
import type { z } from 'zod';
import type { JobRequest } from '../shared/jobs.ts';
import type { AuditPage as AuditPageSchema } from './handlers/audit.ts';
import type { CheckpointList as CheckpointListSchema } from './handlers/checkpoints.ts';
import type { JobCounts as JobCountsSchema } from './handlers/counts.ts';
import type { DryRun as DryRunSchema } from './handlers/dry-run.ts';
import type { EventsOfAll, EventsOfJob } from './handlers/events.ts';
import type { Health as HealthSchema, Readiness as ReadinessSchema } from './handlers/health.ts';
import type { JobList, ListQuery } from './handlers/jobs.ts';
import type { Me as MeSchema } from './handlers/me.ts';
import type { Metrics, PlotQuery } from './handlers/metrics.ts';
import type { Prediction as PredictionSchema, PredictRequest } from './handlers/predict.ts';
import type { QueueStats as QueueStatsSchema } from './handlers/queues.ts';
import type { SubmittedJobs as SubmittedJobsSchema } from './handlers/submit.ts';
import type { WorkerList as WorkerListSchema } from './handlers/workers.ts';

export type { Manifest } from '../shared/checkpoints/manifest.ts';
export type { DatasetName, ImageSetName } from '../shared/datasets.ts';
export type { ErrorCode, FieldFault, Problem } from '../shared/errors.ts';
export type { JobKind, JobState } from '../shared/jobs.ts';
export type { EpochRow, EvalJobView, FullEvaluation, JobView, StateCounts, TrainJobView } from '../shared/views.ts';
export type { WorkerView } from '../shared/workers.ts';

/** A job to submit: `{ kind: 'train' }` is a whole one; fields that have a default may be left out. */
export type JobSubmission = z.input<typeof JobRequest>;
export type SubmittedJobs = z.output<typeof SubmittedJobsSchema>;
export type DryRun = z.output<typeof DryRunSchema>;

/** Conditions that all hold; `name` is part of the name, in any case. */
export type JobFilter = Omit<z.input<typeof ListQuery>, 'limit' | 'cursor'>;
/** Which jobs, how many at most (50 unless said, at most 200), and where to go on: the `nextCursor` of the page before. */
export type JobQuery = JobFilter & { limit?: number | undefined; cursor?: string | undefined };
export type JobPage = z.output<typeof JobList>;
export type JobCounts = z.output<typeof JobCountsSchema>;

export type JobMetrics = z.output<typeof Metrics>;
export type PlotTheme = NonNullable<z.input<typeof PlotQuery>['theme']>;
/** The number of a whole epoch, or a name from the list of checkpoints. */
export type CheckpointChoice = 'best' | 'last' | number | (string & {});
export type CheckpointList = z.output<typeof CheckpointListSchema>;
export type PredictionRequest = z.input<typeof PredictRequest>;
export type Prediction = z.output<typeof PredictionSchema>;

export type QueueStats = z.output<typeof QueueStatsSchema>;
export type AuditPage = z.output<typeof AuditPageSchema>;
export type Me = z.output<typeof MeSchema>;
export type WorkerList = z.output<typeof WorkerListSchema>;
export type Health = z.output<typeof HealthSchema>;
export type Readiness = z.output<typeof ReadinessSchema>;

type Streamed = z.output<typeof EventsOfJob>;
type StreamedOfAll = z.output<typeof EventsOfAll>;
/** On the wire a `reset` has its type beside the data. */
type Typed<E> = E extends { type: string } ? E : E & { type: 'reset' };
type WithId<E> = E & { id: string };

/** An event of one job; with `id`, a stream goes on after it. */
export type EventOfJob = WithId<Typed<Streamed>>;
/** An event of any job, with its `jobId`; a `reset` has the counts by state instead. */
export type EventOfAnyJob = WithId<Typed<StreamedOfAll>>;
