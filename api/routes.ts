/** Every route of the API, as a table. */

import { Manifest } from '../shared/checkpoints/manifest.ts';
import { FullEvaluation, JobView } from '../shared/views.ts';
import { AuditPage, AuditQuery, listAudit } from './handlers/audit.ts';
import {
  CheckpointList,
  CheckpointParams,
  FILE_TYPES,
  getCheckpoint,
  listCheckpoints,
} from './handlers/checkpoints.ts';
import { countJobs, JobCounts } from './handlers/counts.ts';
import { getDatasetImage, ImageParams, PNG_TYPE } from './handlers/datasets.ts';
import { DryRun } from './handlers/dry-run.ts';
import { getEvaluation } from './handlers/evaluation.ts';
import { EventsHeaders, EventsOfAll, EventsOfJob, EventsQuery, followAll, followJob } from './handlers/events.ts';
import { getHealth, getReadiness, Health, Readiness } from './handlers/health.ts';
import {
  cancelJob,
  deedToJobOfPath,
  getJob,
  JobList,
  JobParams,
  ListQuery,
  listJobs,
  removeJob,
  retryJob,
} from './handlers/jobs.ts';
import { getMe, Me } from './handlers/me.ts';
import { CSV_TYPE, getLossPlot, getMetrics, Metrics, PlotQuery, SVG_TYPE } from './handlers/metrics.ts';
import { Prediction, PredictRequest, predict } from './handlers/predict.ts';
import { getQueueStats, QueueParams, QueueStats } from './handlers/queues.ts';
import { deedOfSubmission, Submission, SubmitQuery, SubmittedJobs, submitJob } from './handlers/submit.ts';
import { listWorkers, WorkerList } from './handlers/workers.ts';
import { REPLAYED, SubmitHeaders } from './idempotency.ts';
import { BODY_LIMIT_BYTES } from './json-body.ts';
import { SUBMIT_EXAMPLES } from './openapi-names.ts';
import { defineRoute, NoContent, type Route } from './route.ts';

export const routes: readonly Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/jobs',
    operationId: 'submitJob',
    tag: 'jobs',
    summary: 'Submit a job',
    description:
      'Every field of a train spec has a default: `{"kind": "train"}` is the reference run. A list of 1 to 1,000 jobs ' +
      'is answered with 207 and, for each, what it would have been answered with alone; it counts as one request and ' +
      'as so many jobs.\n\n' +
      'With an `Idempotency-Key`, a request can safely be sent again: for 24 hours the answer is the job that was ' +
      'made of it, with `Idempotency-Replayed: true`.',
    requestHeaders: SubmitHeaders,
    query: SubmitQuery,
    body: Submission,
    bodyExamples: SUBMIT_EXAMPLES,
    bodyLimit: 4 * BODY_LIMIT_BYTES,
    answers: { 200: DryRun, 202: JobView, 207: SubmittedJobs },
    answerHeaders: {
      202: { Location: 'Path of the job.', [REPLAYED]: '`true` if the job was made by an earlier request.' },
    },
    problems: {
      409: ['job-deleted'],
      422: ['engine-unavailable', 'job-not-found', 'checkpoint-not-found', 'idempotency-key-reused'],
    },
    audited: { action: 'submit', deedOf: deedOfSubmission },
    handler: submitJob,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs',
    operationId: 'listJobs',
    tag: 'jobs',
    summary: 'List jobs, newest first',
    query: ListQuery,
    answers: { 200: JobList },
    handler: listJobs,
  }),
  // before /v1/jobs/{id}: no id is `counts`
  defineRoute({
    method: 'get',
    path: '/v1/jobs/counts',
    operationId: 'countJobs',
    tag: 'jobs',
    summary: 'Count jobs by state and queue',
    answers: { 200: JobCounts },
    handler: countJobs,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}',
    operationId: 'getJob',
    tag: 'jobs',
    summary: 'Look at a job',
    params: JobParams,
    answers: { 200: JobView },
    problems: { 404: ['job-not-found'] },
    handler: getJob,
  }),
  defineRoute({
    method: 'delete',
    path: '/v1/jobs/{id}',
    operationId: 'removeJob',
    tag: 'jobs',
    summary: 'Delete an ended job with its checkpoints',
    params: JobParams,
    answers: { 204: NoContent },
    problems: { 404: ['job-not-found'], 409: ['job-not-ended', 'job-referenced'], 503: ['store-unavailable'] },
    audited: { action: 'delete', deedOf: deedToJobOfPath },
    handler: removeJob,
  }),
  defineRoute({
    method: 'post',
    path: '/v1/jobs/{id}/cancel',
    operationId: 'cancelJob',
    tag: 'jobs',
    summary: 'Cancel a job that has not ended',
    params: JobParams,
    answers: { 200: JobView, 202: JobView },
    problems: { 404: ['job-not-found'], 409: ['job-ended'] },
    audited: { action: 'cancel', deedOf: deedToJobOfPath },
    handler: cancelJob,
  }),
  defineRoute({
    method: 'post',
    path: '/v1/jobs/{id}/retry',
    operationId: 'retryJob',
    tag: 'jobs',
    summary: 'Let a failed or cancelled job go on from its last checkpoint',
    params: JobParams,
    answers: { 202: JobView },
    problems: { 404: ['job-not-found'], 409: ['job-not-retryable'] },
    audited: { action: 'retry', deedOf: deedToJobOfPath },
    handler: retryJob,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/metrics',
    operationId: 'getMetrics',
    tag: 'results',
    summary: "A job's losses and accuracies, epoch by epoch",
    params: JobParams,
    answers: { 200: Metrics },
    problems: { 404: ['job-not-found'], 406: ['not-acceptable'] },
    files: [CSV_TYPE],
    handler: getMetrics,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/loss.svg',
    operationId: 'getLossPlot',
    tag: 'results',
    summary: "A plot of a job's losses over its epochs",
    params: JobParams,
    query: PlotQuery,
    answers: {},
    files: [SVG_TYPE],
    problems: { 404: ['job-not-found'] },
    handler: getLossPlot,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/checkpoints',
    operationId: 'listCheckpoints',
    tag: 'results',
    summary: "List a job's checkpoints",
    params: JobParams,
    answers: { 200: CheckpointList },
    problems: { 404: ['job-not-found'] },
    handler: listCheckpoints,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/checkpoints/{checkpoint}',
    operationId: 'getCheckpoint',
    tag: 'results',
    summary: "A checkpoint's manifest, or its file",
    params: CheckpointParams,
    answers: { 200: Manifest },
    files: FILE_TYPES,
    problems: {
      404: ['job-not-found', 'checkpoint-not-found'],
      406: ['not-acceptable'],
      500: ['checkpoint-damaged'],
      503: ['store-unavailable'],
    },
    handler: getCheckpoint,
  }),
  defineRoute({
    method: 'post',
    path: '/v1/predict',
    operationId: 'predict',
    tag: 'results',
    summary: 'Ask a checkpoint which digit a picture shows',
    role: 'viewer',
    body: PredictRequest,
    answers: { 200: Prediction },
    problems: {
      404: ['job-not-found', 'checkpoint-not-found'],
      500: ['checkpoint-damaged'],
      503: ['store-unavailable'],
    },
    handler: predict,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/datasets/{dataset}/{set}/{index}',
    operationId: 'getDatasetImage',
    tag: 'results',
    summary: 'An image of a dataset, as it was before any resizing',
    params: ImageParams,
    answers: {},
    files: [PNG_TYPE],
    problems: { 404: ['not-found'], 503: ['dataset-unavailable'] },
    handler: getDatasetImage,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/evaluation',
    operationId: 'getEvaluation',
    tag: 'results',
    summary: 'The whole result of an eval job: every image that the checkpoint gets wrong',
    params: JobParams,
    answers: { 200: FullEvaluation },
    problems: { 404: ['job-not-found', 'evaluation-not-found'], 503: ['store-unavailable'] },
    handler: getEvaluation,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/events',
    operationId: 'followJob',
    tag: 'events',
    summary: "A job's events: all that there are, or those after Last-Event-ID, and then each as it happens",
    params: JobParams,
    query: EventsQuery,
    answers: {},
    events: EventsOfJob,
    requestHeaders: EventsHeaders,
    problems: { 404: ['job-not-found'], 406: ['not-acceptable'] },
    handler: followJob,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/events',
    operationId: 'followAll',
    tag: 'events',
    summary: 'The events of all jobs: those after Last-Event-ID, if it is given, and then each as it happens',
    query: EventsQuery,
    answers: {},
    events: EventsOfAll,
    requestHeaders: EventsHeaders,
    problems: { 406: ['not-acceptable'] },
    handler: followAll,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/workers',
    operationId: 'listWorkers',
    tag: 'workers',
    summary: 'List the living workers',
    answers: { 200: WorkerList },
    handler: listWorkers,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/queues/{name}/stats',
    operationId: 'getQueueStats',
    tag: 'workers',
    summary: 'How long a queue is, and how many workers it could use',
    description:
      'For autoscalers: `desiredWorkers` is as many as it takes to run every job of the queue at once, and 0 when ' +
      'there is none. A job whose worker has died counts until another has taken it back.',
    params: QueueParams,
    answers: { 200: QueueStats },
    problems: { 404: ['queue-not-found'] },
    handler: getQueueStats,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/me',
    operationId: 'getMe',
    tag: 'access',
    summary: 'Who the API takes you for, and your role',
    answers: { 200: Me },
    handler: getMe,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/audit',
    operationId: 'listAudit',
    tag: 'access',
    summary: 'What was done, or refused, newest first',
    description:
      'About the last 100,000 deeds, and apart from them the last 20,000 entries of who signed in and out and which ' +
      'requests were not let through: of each key, or of each address, the first 10 in a minute.',
    role: 'admin',
    query: AuditQuery,
    answers: { 200: AuditPage },
    handler: listAudit,
  }),
  defineRoute({
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    tag: 'health',
    summary: 'Whether the process lives',
    role: 'anyone',
    answers: { 200: Health },
    handler: getHealth,
  }),
  defineRoute({
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    tag: 'health',
    summary: 'Whether requests can be served',
    description: 'Without Redis they cannot. What is wrong is told to who sends a key, of whatever role.',
    role: 'anyone',
    answers: { 200: Readiness, 503: Readiness },
    handler: getReadiness,
  }),
];
