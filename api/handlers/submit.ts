/** Submitting jobs: one, or a list of them. */
import { z } from 'zod';
import { HttpError, Problem } from '../../shared/errors.ts';
import type { Placed } from '../../shared/job-control.ts';
import { type JobId, JobRequest, newJobId } from '../../shared/jobs.ts';
import { JobView } from '../../shared/views.ts';
import type { Caller } from '../access/caller.ts';
import { IDEMPOTENCY_KEY, onceOf, REPLAYED } from '../idempotency.ts';
import { jobPath } from '../job-view.ts';
import { problemOf, toHttpError } from '../problem.ts';
import type { Answered, ApiDeps, RouteRequest } from '../route.ts';
import { settle } from '../settle.ts';
import { createTurnstile } from '../turnstile.ts';
import { validate } from '../validation.ts';
import { dryRun } from './dry-run.ts';

const JOBS_AT_ONCE = 1000;
/** Submissions under way at once: each command is answered well within its time. */
const IN_FLIGHT = 50;

/** The items of a list are looked at one by one: a faulty one does not hinder the others. */
const ListOfJobs = z
  .array(z.unknown().meta({ allowed: 'a job', $ref: '#/components/schemas/JobRequest' }))
  .min(1)
  .max(JOBS_AT_ONCE);
export const Submission = z.union([JobRequest, ListOfJobs]);

const SubmittedJob = z.strictObject({ status: z.literal(202), job: JobView });
const RefusedJob = z.strictObject({ status: z.int(), problem: Problem });
export const SubmittedJobs = z.strictObject({
  items: z.array(z.union([SubmittedJob, RefusedJob])).describe('In the order in which they were sent.'),
});
type Item = z.infer<typeof SubmittedJobs>['items'][number];

export const SubmitQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      '`true`: nothing is submitted; the answer (200) says what would become of the job, and when. For one job, not a list.',
    ),
});

/** Whose it is, the id of its request, and the Idempotency-Key it came with. */
interface Sender {
  caller: Caller;
  requestId: string;
  key: string | undefined;
}

type SubmitRequest = RouteRequest<unknown, z.output<typeof SubmitQuery>, z.output<typeof Submission>>;

export async function submitJob({ body, query, header, caller, requestId }: SubmitRequest, deps: ApiDeps) {
  if (query.dryRun === 'true') return { status: 200 as const, body: await dryRun(onlyOne(body), deps) };
  await deps.access.countJobs(caller, Array.isArray(body) ? body.length : 1);
  const sender: Sender = { caller, requestId, key: header(IDEMPOTENCY_KEY) };
  if (Array.isArray(body)) {
    const { items, created } = await submitAll(body, sender, deps);
    return { status: 207 as const, body: { items }, changed: created };
  }
  const { job, isRepeat } = await place(body, sender, 0, deps);
  const { id } = job.record;
  const headers = { location: jobPath(id), ...(isRepeat ? { [REPLAYED]: 'true' } : {}) };
  return { status: 202 as const, body: await deps.views.of(job), headers, changed: isRepeat ? [] : [id] };
}

/** For the audit: nothing was done where all jobs were there before. */
export function deedOfSubmission({ query }: RouteRequest, answer: Answered | undefined) {
  if ((query as SubmitRequest['query']).dryRun === 'true') return null;
  if (answer === undefined) return { jobIds: [] };
  const { changed: jobIds = [], body } = answer;
  const items = answer.status === 207 ? (body as z.output<typeof SubmittedJobs>).items : [];
  const refused = items.find((item) => 'problem' in item);
  if (jobIds.length > 0) return { jobIds };
  return refused === undefined ? null : { jobIds, outcome: refused.problem.code };
}

function onlyOne(body: z.output<typeof Submission>): JobRequest {
  if (!Array.isArray(body)) return body;
  throw new HttpError(422, 'validation-failed', 'the query cannot be used, because of: dryRun', {
    faults: [{ field: 'dryRun', value: 'true', allowed: 'true with one job as the body, not with a list' }],
  });
}

/** What was sent before is looked for first: what its spec refers to need not be there any more. */
async function place(
  request: JobRequest,
  { caller, requestId, key }: Sender,
  index: number,
  { control, store, gpuTraining, logger }: ApiDeps,
  id: JobId = newJobId(),
): Promise<Placed> {
  const once = key === undefined ? undefined : onceOf(caller, key, request, index);
  const before = once && (await control.placedBefore(once));
  const placed = before ?? (await control.place(await settle(request, { store, gpuTraining }, id), once));
  if (!placed.isRepeat) logger.info({ requestId, jobId: placed.job.record.id }, 'job submitted');
  return placed;
}

async function submitAll(
  sent: readonly unknown[],
  sender: Sender,
  deps: ApiDeps,
): Promise<{ items: Item[]; created: JobId[] }> {
  const inTurn = createTurnstile(IN_FLIGHT);
  const refuse = (error: unknown): Item => {
    const answer = toHttpError(error, { method: 'POST' });
    deps.logFailure(answer, error, { method: 'POST', url: '/v1/jobs', requestId: sender.requestId });
    return { status: answer.status, problem: problemOf(answer) };
  };
  const submitOne = async (item: unknown, index: number, id: JobId): Promise<Placed | Item> => {
    try {
      return await place(validate(JobRequest, item, `item ${index}`), sender, index, deps, id);
    } catch (error) {
      return refuse(error);
    }
  };
  // Made in the order of the list, in which its jobs are listed then.
  const newIds = sent.map(() => newJobId());
  const placed = await Promise.all(newIds.map((id, i) => inTurn(() => submitOne(sent[i], i, id))));
  const jobs = placed.filter((one) => 'isRepeat' in one);
  const itemOf = async (one: Placed | Item): Promise<Item> =>
    'isRepeat' in one ? { status: 202, job: await deps.views.of(one.job) } : one;
  const items = await Promise.all(placed.map(itemOf)).catch((error: unknown) => {
    const refusal = refuse(error);
    return placed.map((one) => ('isRepeat' in one ? refusal : one));
  });
  return { items, created: jobs.filter(({ isRepeat }) => !isRepeat).map(({ job }) => job.record.id) };
}
