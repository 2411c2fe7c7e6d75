/** Jobs: list, look at, cancel, retry, delete. */
import { z } from 'zod';
import { JOB_KINDS, JOB_STATES, JobId, Tag } from '../../shared/jobs.ts';
import { JobView } from '../../shared/views.ts';
import { pageLimit } from '../page-limit.ts';
import type { Answered, ApiDeps, RouteRequest } from '../route.ts';
import { withJob } from './with-job.ts';

const PAGE_LIMIT = 200;

export const JobParams = z.strictObject({
  id: z.string().meta({ description: 'As the answer to its submission gave it.', examples: ['j0mwu99p1i8f2ab7ca05'] }),
});

export const ListQuery = z.strictObject({
  state: z.enum(JOB_STATES).optional().describe('Only jobs in this state.'),
  kind: z.enum(JOB_KINDS).optional().describe('Only jobs of this kind.'),
  tag: Tag.optional().describe('Only jobs with this tag.'),
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .meta({ allowed: 'part of the name, in any case: 1 to 200 characters' })
    .optional()
    .describe('Only jobs whose name contains this, in any case.'),
  limit: pageLimit({ max: PAGE_LIMIT, byDefault: 50, what: 'Jobs' }),
  cursor: JobId.meta({ allowed: 'the nextCursor of the page before' })
    .optional()
    .describe('The `nextCursor` of the page before.'),
});

export const JobList = z.strictObject({
  jobs: z.array(JobView).describe('Newest first.'),
  nextCursor: JobId.nullable().describe(
    'Where the next page begins; null at the end. A page may be short, even empty, and still have a next one.',
  ),
});

/** For the audit. */
export function deedToJobOfPath({ params }: RouteRequest): { jobIds: string[] } {
  return { jobIds: [(params as z.output<typeof JobParams>).id] };
}

/** For the audit: nothing is done where the job was cancelled before, or has been asked to be. */
export function deedOfCancellation(request: RouteRequest, answer: Answered | undefined) {
  return answer?.changed?.length === 0 ? null : deedToJobOfPath(request);
}

type ListRequest = RouteRequest<unknown, z.output<typeof ListQuery>>;

export async function listJobs({ query }: ListRequest, { store, views }: ApiDeps) {
  const { limit, cursor, ...filter } = query;
  const { jobs, nextCursor } = await store.list(filter, limit, cursor);
  return { status: 200 as const, body: { jobs: await views.ofAll(jobs), nextCursor } };
}

export const getJob = withJob(async ({ job }, { views }) => ({
  status: 200 as const,
  body: await views.of(job),
}));

/** A running job ends a moment later, when its worker has seen the request: 202 until then. */
export const cancelJob = withJob(async ({ job, requestId }, { control, views, logger }) => {
  const { id } = job.record;
  const cancelled = await control.cancel(id);
  logger.info({ requestId, jobId: id }, 'asked to cancel a job');
  const answer = { body: await views.of(cancelled), changed: cancelled.hasChanged ? [id] : [] };
  return cancelled.record.state === 'cancelled'
    ? { status: 200 as const, ...answer }
    : { status: 202 as const, ...answer };
});

export const retryJob = withJob(async ({ job, requestId }, { control, views, logger }) => {
  const retried = await control.retry(job.record.id);
  logger.info({ requestId, jobId: job.record.id }, 'job retried');
  return { status: 202 as const, body: await views.of(retried) };
});

export const removeJob = withJob(async ({ job, requestId }, { control, logger }) => {
  await control.remove(job.record.id);
  logger.info({ requestId, jobId: job.record.id }, 'job deleted');
  return { status: 204 as const, body: undefined };
});
