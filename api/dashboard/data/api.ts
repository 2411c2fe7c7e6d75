/** The API, by its client. Whatever goes wrong is thrown as a RequestFailed that carries a problem. */
import { signal } from '@preact/signals';
import type { ErrorCode, Problem } from '../../../shared/errors.ts';
import { JOB_ID_PATTERN } from '../../../shared/job-id.ts';
import {
  type DatasetName,
  type ImageSetName,
  type JobQuery,
  type JobSubmission,
  type PredictionRequest,
  ProblemError,
  TrainyardClient,
  UnexpectedAnswerError,
} from '../../client.ts';
import { isTimeout } from './abort.ts';
import { fetchFromOurPage, goToLogin } from './session.ts';

export { EVENT_STREAMS } from '../../client.ts';

/** A problem of the API's, or `unreachable` and `not-a-problem` of our own. */
export type ShownProblem = Omit<Problem, 'code'> & { code: ErrorCode | 'unreachable' | 'not-a-problem' };

export class RequestFailed extends Error {
  readonly problem: ShownProblem;

  constructor(problem: ShownProblem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.name = 'RequestFailed';
    this.problem = problem;
  }
}

const hasCode = (error: unknown, code: ErrorCode) => error instanceof RequestFailed && error.problem.code === code;

/** The API says so: any other 404 is a proxy's, say, and over in a moment. */
export function isNoSuchJob(error: unknown): boolean {
  return hasCode(error, 'job-not-found');
}

/** Or no longer the job that had it. */
export function isNoSuchCheckpoint(error: unknown): boolean {
  return hasCode(error, 'checkpoint-not-found') || isNoSuchJob(error);
}

/** The login page is on its way then. */
export function isUnknownUser(error: unknown): boolean {
  return error instanceof RequestFailed && error.problem.status === 401;
}

/** Whether the latest request got an answer, and not that Redis is away: what is shown may be old then. */
export const reachable = signal(true);

const client = new TrainyardClient({ fetch: fetchFromOurPage });

/** With what became of it in `reachable`, and its failure as the dashboard shows it. */
async function shown<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    const body = await answer;
    reachable.value = true;
    return body;
  } catch (error) {
    // Unless it was given up, whoever asked has no more use for it.
    if (signal?.aborted && !isTimeout(signal.reason)) throw error;
    const problem = problemOf(error);
    reachable.value = problem.code !== 'unreachable' && problem.code !== 'redis-unavailable';
    if (problem.status === 401) goToLogin();
    throw new RequestFailed(problem, { cause: error });
  }
}

function problemOf(error: unknown): ShownProblem {
  if (error instanceof ProblemError) return error.problem;
  // Other answers of a server's failure are a proxy's word for an API that does not answer.
  if (error instanceof UnexpectedAnswerError && error.status < 500) {
    return {
      type: 'about:blank',
      title: 'The answer cannot be understood',
      status: error.status,
      code: 'not-a-problem',
      detail: `${error.message}.`,
    };
  }
  return {
    type: 'about:blank',
    title: 'The API cannot be reached',
    status: 0,
    code: 'unreachable',
    detail: 'It does not answer at this address. The dashboard tries again by itself.',
  };
}

/** An id from the address bar may be anything, `counts` and `..` too: only what may be a job's is asked for. */
function ofJob<T>(id: string, ask: () => Promise<T>): Promise<T> {
  if (JOB_ID_PATTERN.test(id)) return ask();
  const detail = `There is no job ${id}.`;
  return Promise.reject(
    new RequestFailed({ type: 'about:blank', title: 'Job not found', status: 404, code: 'job-not-found', detail }),
  );
}

export const api = {
  /** The API says what is wrong with a body that is no job. */
  submit: (body: unknown, options: { idempotencyKey?: string } = {}) =>
    shown(client.submit(body as JobSubmission, options)),
  dryRun: (body: unknown, signal?: AbortSignal) => shown(client.dryRun(body as JobSubmission, { signal }), signal),
  list: (query: JobQuery = {}, signal?: AbortSignal) => shown(client.list(query, { signal }), signal),
  get: (id: string, signal?: AbortSignal) => ofJob(id, () => shown(client.get(id, { signal }), signal)),
  cancel: (id: string) => shown(client.cancel(id)),
  retry: (id: string) => shown(client.retry(id)),
  remove: (id: string) => shown(client.remove(id)),
  metrics: (id: string, signal?: AbortSignal) => ofJob(id, () => shown(client.metrics(id, { signal }), signal)),
  metricsCsv: (id: string) => shown(client.metricsCsv(id)),
  checkpoints: (id: string, signal?: AbortSignal) => ofJob(id, () => shown(client.checkpoints(id, { signal }), signal)),
  checkpointFile: (id: string, name: string) => shown(client.checkpointFile(id, name)),
  evaluation: (id: string, signal?: AbortSignal) => shown(client.evaluation(id, { signal }), signal),
  predict: (body: PredictionRequest, signal?: AbortSignal) => shown(client.predict(body, { signal }), signal),
  datasetImage: (dataset: DatasetName, set: ImageSetName, index: number) =>
    shown(client.datasetImage(dataset, set, index)),
  me: () => shown(client.me()),
  workers: (signal?: AbortSignal) => shown(client.workers({ signal }), signal),
  counts: (signal?: AbortSignal) => shown(client.counts({ signal }), signal),
};
