/** What a request of the client may fail with, besides the reason of an AbortSignal. */
import type { ErrorCode, Problem } from '../shared/errors.ts';

/** The API refused, or failed, and says why (RFC 9457). Match on `code`. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly status: number;
  readonly code: ErrorCode;

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = 'ProblemError';
    this.problem = problem;
    this.status = problem.status;
    this.code = problem.code;
  }
}

/** No answer came, or it broke off; `cause` is what fetch says of it. */
export class UnreachableError extends Error {
  constructor(url: string, cause: unknown) {
    super(`no whole answer from ${url}`, { cause });
    this.name = 'UnreachableError';
  }
}

/** Something answered, but not as the API does: a proxy, perhaps, or another server. */
export class UnexpectedAnswerError extends Error {
  readonly status: number;

  constructor(url: string, { status, statusText, headers }: Pick<Response, 'status' | 'statusText' | 'headers'>) {
    super(
      `${url} answers ${status} ${statusText} with ${headers.get('content-type') ?? 'nothing'}, as the API does not`,
    );
    this.name = 'UnexpectedAnswerError';
    this.status = status;
  }
}
