/** Routes of jobs themselves: submit, list, look at, end, delete. */

import { JobView } from '../../shared/views.ts';
import { countJobs, JobCounts } from '../handlers/counts.ts';
import { DryRun } from '../handlers/dry-run.ts';
import {
  cancelJob,
  deedOfCancellation,
  deedToJobOfPath,
  getJob,
  JobList,
  JobParams,
  ListQuery,
  listJobs,
  removeJob,
  retryJob,
} from '../handlers/jobs.ts';
import { deedOfSubmission, Submission, SubmitQuery, SubmittedJobs, submitJob } from '../handlers/submit.ts';
import { REPLAYED, SubmitHeaders } from '../idempotency.ts';
import { BODY_LIMIT_BYTES } from '../json-body.ts';
import { SUBMIT_EXAMPLES } from '../openapi-names.ts';
import { defineRoute, NoContent, type Route } from '../route.ts';

export const jobRoutes: readonly Route[] = [
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
      'Jobs are shown as they were at their submission: `waiting`, even if a worker has begun meanwhile.\n\n' +
      'With an `Idempotency-Key`, a request can safely be sent again: for 24 hours the answer is the job that was ' +
      'made of it, as it is now, with `Idempotency-Replayed: true`.',
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
    audited: { action: 'cancel', deedOf: deedOfCancellation },
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
];
