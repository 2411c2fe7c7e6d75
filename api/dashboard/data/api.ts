/** The API over fetch. Whatever goes wrong is thrown as a RequestFailed that carries a problem. */
import { signal } from '@preact/signals';
import type { ErrorCode, Problem } from '../../../shared/errors.ts';
import type { FullEvaluation, JobView } from '../../../shared/views.ts';
import type { WorkerView } from '../../../shared/workers.ts';
import type { CheckpointList, Counts, DryRun, JobFilter, JobMetrics, JobPage, Prediction } from './contract.ts';

/** A problem of the API's, or `unreachable` and `not-a-problem` of our own. */
export type ShownProblem = Omit<Problem, 'code'> & { code: ErrorCode | 'unreachable' | 'not-a-problem' };

export class RequestFailed extends Error {
  readonly problem: ShownProblem;

  constructor(problem: ShownProblem) {
    super(problem.detail);
    this.name = 'RequestFailed';
    this.problem = problem;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof RequestFailed && error.problem.status === 404;
}

/** Whether the latest request got an answer, whatever it was. */
export const reachable = signal(true);

async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<T> {
  const init: RequestInit = { method, headers: { accept: 'application/json', ...headers } };
  if (body !== undefined) {
    init.headers = { ...init.headers, 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  if (signal) init.signal = signal;
  const response = await fetch(path, init).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    reachable.value = false;
    throw new RequestFailed({
      type: 'about:blank',
      title: 'The API cannot be reached',
      status: 0,
      code: 'unreachable',
      detail: 'It does not answer at this address. The dashboard tries again by itself.',
    });
  });
  const isAnswer = response.ok || isProblem(response);
  // Anything else on the server's side is a proxy's word for an API that does not answer.
  reachable.value = isAnswer || response.status < 500;
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  throw new RequestFailed(await problemOf(response));
}

function isProblem(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/problem+json') === true;
}

async function problemOf(response: Response): Promise<ShownProblem> {
  if (isProblem(response)) return (await response.json()) as Problem;
  return {
    type: 'about:blank',
    title: 'The answer cannot be understood',
    status: response.status,
    code: 'not-a-problem',
    detail: `${response.url} answers ${response.status} ${response.statusText}, and not as the API does.`,
  };
}

const jobPath = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`;

function queryOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** The paths of the event streams, for follow() in live.ts. */
export const EVENT_STREAMS = { all: '/v1/events', job: (id: string) => `${jobPath(id)}/events` };

export const api = {
  submit: (body: unknown, { idempotencyKey }: { idempotencyKey?: string } = {}) =>
    request<JobView>(
      'POST',
      '/v1/jobs',
      body,
      undefined,
      idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    ),
  dryRun: (body: unknown, signal?: AbortSignal) => request<DryRun>('POST', '/v1/jobs?dryRun=true', body, signal),
  list: (query: JobFilter & { limit?: number; cursor?: string } = {}, signal?: AbortSignal) =>
    request<JobPage>('GET', `/v1/jobs${queryOf(query)}`, undefined, signal),
  get: (id: string, signal?: AbortSignal) => request<JobView>('GET', jobPath(id), undefined, signal),
  cancel: (id: string) => request<JobView>('POST', `${jobPath(id)}/cancel`),
  retry: (id: string) => request<JobView>('POST', `${jobPath(id)}/retry`),
  remove: (id: string) => request<void>('DELETE', jobPath(id)),
  metrics: (id: string, signal?: AbortSignal) =>
    request<JobMetrics>('GET', `${jobPath(id)}/metrics`, undefined, signal),
  checkpoints: (id: string, signal?: AbortSignal) =>
    request<CheckpointList>('GET', `${jobPath(id)}/checkpoints`, undefined, signal),
  evaluation: (id: string, signal?: AbortSignal) =>
    request<FullEvaluation>('GET', `${jobPath(id)}/evaluation`, undefined, signal),
  predict: (
    body: { checkpoint: { jobId: string; epoch: number | 'best' | 'last' }; image: number[] | string },
    signal?: AbortSignal,
  ) => request<Prediction>('POST', '/v1/predict', body, signal),
  workers: (signal?: AbortSignal) => request<{ workers: WorkerView[] }>('GET', '/v1/workers', undefined, signal),
  counts: (signal?: AbortSignal) => request<Counts>('GET', '/v1/jobs/counts', undefined, signal),
};
