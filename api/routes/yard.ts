/** Routes of the yard: what happens in it, its workers and queues, who may do what, and whether it lives. */

import { AuditPage, AuditQuery, listAudit } from '../handlers/audit.ts';
import { EventsHeaders, EventsOfAll, EventsOfJob, EventsQuery, followAll, followJob } from '../handlers/events.ts';
import { getHealth, getReadiness, Health, Readiness } from '../handlers/health.ts';
import { JobParams } from '../handlers/jobs.ts';
import { getMe, Me } from '../handlers/me.ts';
import { getQueueStats, QueueParams, QueueStats } from '../handlers/queues.ts';
import { listWorkers, WorkerList } from '../handlers/workers.ts';
import { defineRoute, type Route } from '../route.ts';

export const yardRoutes: readonly Route[] = [
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
      'there is none; of a paused queue, only those that run. A job whose worker has died counts until another has ' +
      'taken it back.',
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
      'About the last 100,000 deeds, and apart from them the last 20,000 entries of who signed in and out and what was ' +
      'refused: of each action of each key, or of each address, the first 10 in a minute.',
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
