/**
 * A client of the API for browsers and Node, on fetch alone: of the project it imports types, which are gone when it runs.
 * Answers are the API's, field by field. Each method rejects with a ProblemError where the API refuses or fails, an
 * UnreachableError where no answer comes, an UnexpectedAnswerError where something else answers, or the reason of
 * `signal`. Nothing is sent twice by itself, event streams aside; `idempotencyKey` makes it safe to submit again.
 */
import type { ENDED_STATES } from '../shared/events.ts';
import { type CallOptions, type ClientOptions, createRequester, type Requester } from './client-request.ts';
import { eventsOfAll, eventsOfJob, type FollowOptions } from './client-streams.ts';
import type * as types from './client-types.ts';
import type { OpenApi } from './openapi.ts';

export { ProblemError, UnexpectedAnswerError, UnreachableError } from './client-errors.ts';
export type { CallOptions, ClientOptions } from './client-request.ts';
export type { FollowOptions } from './client-streams.ts';
export type * from './client-types.ts';

export interface SubmitOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters; for 24 hours the same key with the same body is the same job. */
  idempotencyKey?: string | undefined;
}

/** Before every event, and the id of none: a job's stream begins with a `reset` after it. */
const NO_EVENT = '0-1';
const ENDED = ['completed', 'failed', 'cancelled'] as const satisfies typeof ENDED_STATES;

const jobPath = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`;

/** Paths of the event streams, for those who follow them by an EventSource. */
export const EVENT_STREAMS = { all: '/v1/events', job: (id: string) => `${jobPath(id)}/events` };

export class TrainyardClient {
  readonly #request: Requester;

  constructor(options: ClientOptions = {}) {
    this.#request = createRequester(options);
  }

  /** Submits a job; it waits in its queue. Codes: validation-failed (`problem.errors` names each field), engine-unavailable, … */
  submit(job: types.JobSubmission, { idempotencyKey, signal }: SubmitOptions = {}): Promise<types.JobView> {
    const headers = keyHeader(idempotencyKey);
    return this.#request.json('/v1/jobs', { method: 'POST', body: job, headers, signal });
  }

  /** Submits 1 to 1,000 jobs. Each has its own outcome, in their order: a `job`, or the `problem` it was refused for. */
  submitMany(
    jobs: readonly types.JobSubmission[],
    { idempotencyKey, signal }: SubmitOptions = {},
  ): Promise<types.SubmittedJobs> {
    const headers = keyHeader(idempotencyKey);
    return this.#request.json('/v1/jobs', { method: 'POST', body: jobs, headers, signal });
  }

  /** What would become of the job, and when, were it submitted now. Codes as those of submit. */
  dryRun(job: types.JobSubmission, { signal }: CallOptions = {}): Promise<types.DryRun> {
    return this.#request.json('/v1/jobs', { method: 'POST', query: { dryRun: true }, body: job, signal });
  }

  /** A page of jobs, newest first. One may be short, even empty, and still have a `nextCursor`. */
  list(query: types.JobQuery = {}, { signal }: CallOptions = {}): Promise<types.JobPage> {
    return this.#request.json('/v1/jobs', { query, signal });
  }

  /** All jobs that match, newest first, read page by page as they are asked for. `limit` is of one page. */
  async *listAll(query: types.JobQuery = {}, options: CallOptions = {}): AsyncGenerator<types.JobView, void> {
    let { cursor } = query;
    do {
      const page = await this.list({ ...query, cursor }, options);
      yield* page.jobs;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** How many jobs are in each state, and in each queue. */
  counts({ signal }: CallOptions = {}): Promise<types.JobCounts> {
    return this.#request.json('/v1/jobs/counts', { signal });
  }

  /** A job as it is now. Codes: job-not-found (404), as of every method that takes a job's id. */
  get(jobId: string, { signal }: CallOptions = {}): Promise<types.JobView> {
    return this.#request.json(jobPath(jobId), { signal });
  }

  /** Cancels a job. A running one is still `active` in the answer, and ends a moment later. Codes: job-ended (409). */
  cancel(jobId: string, { signal }: CallOptions = {}): Promise<types.JobView> {
    return this.#request.json(`${jobPath(jobId)}/cancel`, { method: 'POST', signal });
  }

  /** Lets a failed or cancelled job go on from its last checkpoint. Codes: job-not-retryable (409). */
  retry(jobId: string, { signal }: CallOptions = {}): Promise<types.JobView> {
    return this.#request.json(`${jobPath(jobId)}/retry`, { method: 'POST', signal });
  }

  /** Deletes an ended job with its checkpoints. Codes: job-not-ended, job-referenced (409). */
  remove(jobId: string, { signal }: CallOptions = {}): Promise<void> {
    return this.#request.json(jobPath(jobId), { method: 'DELETE', signal });
  }

  /** Losses and accuracies of each whole epoch. */
  metrics(jobId: string, { signal }: CallOptions = {}): Promise<types.JobMetrics> {
    return this.#request.json(`${jobPath(jobId)}/metrics`, { signal });
  }

  /** The same as CSV (RFC 4180), with a header line. */
  metricsCsv(jobId: string, { signal }: CallOptions = {}): Promise<string> {
    return this.#request.text(`${jobPath(jobId)}/metrics`, { accept: 'text/csv', signal });
  }

  /** A plot of the losses as the text of an SVG, in light and dark as its reader prefers unless said. */
  lossPlot(jobId: string, { theme, signal }: CallOptions & { theme?: types.PlotTheme } = {}): Promise<string> {
    return this.#request.text(`${jobPath(jobId)}/loss.svg`, { query: { theme }, accept: 'image/svg+xml', signal });
  }

  /** The checkpoints that are kept, the furthest first. */
  checkpoints(jobId: string, { signal }: CallOptions = {}): Promise<types.CheckpointList> {
    return this.#request.json(`${jobPath(jobId)}/checkpoints`, { signal });
  }

  /** A checkpoint's manifest. Codes: checkpoint-not-found (404), checkpoint-damaged (500), store-unavailable (503). */
  checkpoint(jobId: string, which: types.CheckpointChoice, { signal }: CallOptions = {}): Promise<types.Manifest> {
    return this.#request.json(`${jobPath(jobId)}/checkpoints/${encodeURIComponent(which)}`, { signal });
  }

  /** A checkpoint itself, as safetensors. Codes as those of checkpoint. */
  checkpointFile(
    jobId: string,
    which: types.CheckpointChoice,
    { signal }: CallOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const path = `${jobPath(jobId)}/checkpoints/${encodeURIComponent(which)}`;
    return this.#request.bytes(path, { accept: 'application/vnd.safetensors', signal });
  }

  /** The whole result of a completed eval job. Codes: evaluation-not-found (404), store-unavailable (503). */
  evaluation(jobId: string, { signal }: CallOptions = {}): Promise<types.FullEvaluation> {
    return this.#request.json(`${jobPath(jobId)}/evaluation`, { signal });
  }

  /**
   * Which digit a picture shows, by a checkpoint: the best unless said. `image` is 784 numbers from 0 to 255, 28 rows of
   * a white digit on black; or a PNG in base64. Codes: checkpoint-not-found (404), validation-failed, …
   */
  predict(request: types.PredictionRequest, { signal }: CallOptions = {}): Promise<types.Prediction> {
    return this.#request.json('/v1/predict', { method: 'POST', body: request, signal });
  }

  /** An image of a dataset as a PNG of 28 × 28 pixels; `index` from 0. Codes: not-found (404), dataset-unavailable (503). */
  datasetImage(
    dataset: types.DatasetName,
    set: types.ImageSetName,
    index: number,
    { signal }: CallOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#request.bytes(`/v1/datasets/${dataset}/${set}/${index}`, { accept: 'image/png', signal });
  }

  /** Who the API takes the caller for. Codes: not-authenticated (401), as of every method but health and readiness. */
  me({ signal }: CallOptions = {}): Promise<types.Me> {
    return this.#request.json('/v1/me', { signal });
  }

  /**
   * A page of what was done, or with `of: 'access'` of who signed in and out and what was refused, newest first; for admins.
   * `limit`: 100 unless said, at most 1,000.
   */
  audit(
    query: { of?: 'deeds' | 'access' | undefined; limit?: number | undefined; cursor?: string | undefined } = {},
    { signal }: CallOptions = {},
  ): Promise<types.AuditPage> {
    return this.#request.json('/v1/audit', { query, signal });
  }

  /** The living workers, by name. */
  workers({ signal }: CallOptions = {}): Promise<types.WorkerList> {
    return this.#request.json('/v1/workers', { signal });
  }

  /** How long a queue is, and how many workers it could use. Codes: queue-not-found (404). */
  queueStats(queue: string, { signal }: CallOptions = {}): Promise<types.QueueStats> {
    return this.#request.json(`/v1/queues/${encodeURIComponent(queue)}/stats`, { signal });
  }

  /** Whether the process of the API lives, and its version. */
  health({ signal }: CallOptions = {}): Promise<types.Health> {
    return this.#request.json('/healthz', { signal });
  }

  /** Whether Redis and the checkpoint store can be used: not being ready is an answer, too. */
  readiness({ signal }: CallOptions = {}): Promise<types.Readiness> {
    return this.#request.json('/readyz', { alsoGood: 503, signal });
  }

  /** The API's description (OpenAPI 3.1). */
  openapi({ signal }: CallOptions = {}): Promise<OpenApi> {
    return this.#request.json('/openapi.json', { signal });
  }

  /**
   * A job's events, from its first or after `lastEventId`, and then each as it happens, once and in order; a broken
   * connection is taken up again. Where events are no longer kept, a `reset` tells how the job stands instead. It goes on
   * after the end of the job, which may be retried; it ends with `removed`, when the job is deleted. Leave it by `break`.
   */
  events(jobId: string, options: FollowOptions = {}): AsyncGenerator<types.EventOfJob, void> {
    return eventsOfJob(this.#request, EVENT_STREAMS.job(jobId), options);
  }

  /**
   * The events of all jobs, from now on or after `lastEventId`, each once and in order; a broken connection is taken up
   * again. Where events are no longer kept, a `reset` has the counts of jobs by state instead. It never ends by itself.
   */
  allEvents(options: FollowOptions = {}): AsyncGenerator<types.EventOfAnyJob, void> {
    return eventsOfAll(this.#request, EVENT_STREAMS.all, options);
  }

  /** The job when it has ended: completed, failed or cancelled. Codes: job-not-found (404), also if it is deleted meanwhile. */
  async waitForEnd(jobId: string, { signal }: CallOptions = {}): Promise<types.JobView> {
    for await (const event of this.events(jobId, { lastEventId: NO_EVENT, signal })) {
      if (event.type === 'reset' && isEnded(event.job.state)) return event.job;
      if (event.type !== 'state' || !isEnded(event.state)) continue;
      const job = await this.get(jobId, { signal });
      if (isEnded(job.state)) return job;
    }
    return this.get(jobId, { signal });
  }
}

function keyHeader(idempotencyKey: string | undefined): Record<string, string> {
  return idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
}

function isEnded(state: types.JobState): boolean {
  return (ENDED as readonly types.JobState[]).includes(state);
}
