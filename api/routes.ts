/** Every route of the API, as a table. */

import { Manifest } from '../shared/checkpoints/manifest.ts';
import { JobRequest } from '../shared/jobs.ts';
import { FullEvaluation, JobView } from '../shared/views.ts';
import {
  CheckpointList,
  CheckpointParams,
  FILE_TYPES,
  getCheckpoint,
  listCheckpoints,
} from './handlers/checkpoints.ts';
import { getDatasetImage, ImageParams, PNG_TYPE } from './handlers/datasets.ts';
import { getEvaluation } from './handlers/evaluation.ts';
import { EventsOfAll, EventsOfJob, EventsQuery, followAll, followJob } from './handlers/events.ts';
import { getHealth, getReadiness, Health, Readiness } from './handlers/health.ts';
import {
  cancelJob,
  getJob,
  JobList,
  JobParams,
  ListQuery,
  listJobs,
  removeJob,
  retryJob,
  submitJob,
} from './handlers/jobs.ts';
import { CSV_TYPE, getLossPlot, getMetrics, Metrics, PlotQuery, SVG_TYPE } from './handlers/metrics.ts';
import { Prediction, PredictRequest, predict } from './handlers/predict.ts';
import { listWorkers, WorkerList } from './handlers/workers.ts';
import { defineRoute, NoContent, type Route } from './route.ts';

export const routes: readonly Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/jobs',
    summary: 'Submit a job',
    body: JobRequest,
    answers: { 202: JobView },
    handler: submitJob,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs',
    summary: 'List jobs, newest first',
    query: ListQuery,
    answers: { 200: JobList },
    handler: listJobs,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}',
    summary: 'Look at a job',
    params: JobParams,
    answers: { 200: JobView },
    handler: getJob,
  }),
  defineRoute({
    method: 'delete',
    path: '/v1/jobs/{id}',
    summary: 'Delete an ended job with its checkpoints',
    params: JobParams,
    answers: { 204: NoContent },
    handler: removeJob,
  }),
  defineRoute({
    method: 'post',
    path: '/v1/jobs/{id}/cancel',
    summary: 'Cancel a job that has not ended',
    params: JobParams,
    answers: { 200: JobView, 202: JobView },
    handler: cancelJob,
  }),
  defineRoute({
    method: 'post',
    path: '/v1/jobs/{id}/retry',
    summary: 'Let a failed or cancelled job go on from its last checkpoint',
    params: JobParams,
    answers: { 202: JobView },
    handler: retryJob,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/metrics',
    summary: "A job's losses and accuracies, epoch by epoch",
    params: JobParams,
    answers: { 200: Metrics },
    files: [CSV_TYPE],
    handler: getMetrics,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/loss.svg',
    summary: "A plot of a job's losses over its epochs",
    params: JobParams,
    query: PlotQuery,
    answers: {},
    files: [SVG_TYPE],
    handler: getLossPlot,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/checkpoints',
    summary: "List a job's checkpoints",
    params: JobParams,
    answers: { 200: CheckpointList },
    handler: listCheckpoints,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/checkpoints/{checkpoint}',
    summary: "A checkpoint's manifest, or its file",
    params: CheckpointParams,
    answers: { 200: Manifest },
    files: FILE_TYPES,
    handler: getCheckpoint,
  }),
  defineRoute({
    method: 'post',
    path: '/v1/predict',
    summary: 'Ask a checkpoint which digit a picture shows',
    body: PredictRequest,
    answers: { 200: Prediction },
    handler: predict,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/datasets/{dataset}/{set}/{index}',
    summary: 'An image of a dataset, as it was before any resizing',
    params: ImageParams,
    answers: {},
    files: [PNG_TYPE],
    handler: getDatasetImage,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/evaluation',
    summary: 'The whole result of an eval job: every image that the checkpoint gets wrong',
    params: JobParams,
    answers: { 200: FullEvaluation },
    handler: getEvaluation,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/events',
    summary: "A job's events: all that there are, or those after Last-Event-ID, and then each as it happens",
    params: JobParams,
    query: EventsQuery,
    answers: {},
    events: EventsOfJob,
    handler: followJob,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/events',
    summary: 'The events of all jobs: those after Last-Event-ID, if it is given, and then each as it happens',
    query: EventsQuery,
    answers: {},
    events: EventsOfAll,
    handler: followAll,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/workers',
    summary: 'List the living workers',
    answers: { 200: WorkerList },
    handler: listWorkers,
  }),
  defineRoute({
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process lives',
    answers: { 200: Health },
    handler: getHealth,
  }),
  defineRoute({
    method: 'get',
    path: '/readyz',
    summary: 'Whether Redis and the checkpoint store can be used',
    answers: { 200: Readiness, 503: Readiness },
    handler: getReadiness,
  }),
];
