/** The one place where errors become answers: application/problem+json (RFC 9457). */
import type { ErrorRequestHandler, Request, Response } from 'express';
import { DamagedCheckpoint } from '../shared/checkpoints/safetensors.ts';
import { type ErrorCode, HttpError, type Problem, RetryableError } from '../shared/errors.ts';
import { isRedisAway, isRefusedByRedis } from '../shared/redis.ts';
import { beginningOf, withoutSecrets } from '../shared/secrets.ts';
import type { FailureLog } from './failure-log.ts';
import { requestIdOf } from './observe-requests.ts';

const RETRY_AFTER_SECONDS = { 'retry-after': '1' };
const INSTANCE_SHOWN = 200;

/** Codes whose name says less than a title should. */
const TITLES: Partial<Record<ErrorCode, string>> = {
  'validation-failed': 'The request cannot be used as it is',
  'malformed-json': 'The body is not JSON',
  'not-found': 'There is nothing at this address',
  'not-authenticated': 'The API does not know who asks',
  'forgery-suspected': 'The request may come from another site',
  'rate-limited': 'Too many requests',
  'too-many-streams': 'Too many event streams are open',
  'redis-unavailable': 'Redis cannot be reached',
  'store-unavailable': 'The checkpoint store cannot be used',
  'dashboard-not-built': 'The dashboard is not built',
  internal: 'Something is broken on our side',
};

/** `job-not-ended` → `Job not ended`. */
function titleOf(code: ErrorCode): string {
  const words = code.replaceAll('-', ' ');
  return TITLES[code] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

export function problemOf(error: HttpError, instance?: string): Problem {
  return {
    type: `urn:trainyard:problem:${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(instance === undefined ? {} : { instance: beginningOf(instance, INSTANCE_SHOWN) }),
    ...(error.faults.length > 0 ? { errors: error.faults } : {}),
  };
}

/** Headers of the answer that a handler had begun; what protects pages and counts requests stays. */
const OF_AN_ANSWER =
  /^(content-(?!security-policy)|transfer-encoding|etag|last-modified|cache-control|location|vary|accept)/;

/** Express's last middleware. */
export function createErrorHandler(logFailure: FailureLog): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, _next) => {
    const answer = toHttpError(error, request);
    const { method, originalUrl } = request;
    logFailure(answer, error, { method, url: originalUrl, requestId: requestIdOf(response) });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    for (const name of response.getHeaderNames()) if (OF_AN_ANSWER.test(name)) response.removeHeader(name);
    response
      .status(answer.status)
      .set({ 'cache-control': 'no-store', ...answer.headers })
      .type('application/problem+json')
      .send(withoutSecrets(JSON.stringify(problemOf(answer, originalUrl))));
  };
}

export function toHttpError(error: unknown, request?: Pick<Request, 'method'>): HttpError {
  if (error instanceof HttpError) return error;
  if (isRedisAway(error)) {
    const changed = request && !['GET', 'HEAD'].includes(request.method);
    const refused = error instanceof Error && isRefusedByRedis(error);
    const what = refused ? `Redis refuses to write (${error.message.split(' ', 1)[0]})` : 'Redis cannot be reached';
    const doubt = changed ? '; look whether this request took effect before you repeat it' : '';
    return new HttpError(503, 'redis-unavailable', `${what} at the moment${doubt}`, {
      headers: RETRY_AFTER_SECONDS,
    });
  }
  if (error instanceof DamagedCheckpoint) return new HttpError(500, 'checkpoint-damaged', error.message);
  if (error instanceof RetryableError && error.code === 'store-unavailable') {
    return new HttpError(503, 'store-unavailable', error.message, { headers: RETRY_AFTER_SECONDS });
  }
  return ofExpress(error) ?? new HttpError(500, 'internal', 'the request failed; the log of the API says why');
}

/** Express and its body reader throw errors with a status of their own. */
function ofExpress(error: unknown): HttpError | null {
  if (error instanceof URIError) return new HttpError(404, 'not-found', 'there is nothing at this address');
  if (!(error instanceof Error) || !('status' in error)) return null;
  switch (error.status) {
    case 413:
      return new HttpError(413, 'body-too-large', `the body is larger than ${megabytes(error)}`);
    case 415:
      return new HttpError(415, 'unsupported-media-type', error.message);
    case 400:
      return new HttpError(400, 'malformed-request', error.message);
    default:
      return null;
  }
}

/** The body reader's error knows the limit that was passed. */
function megabytes(error: Error): string {
  return 'limit' in error ? `${Number(error.limit) / 1024 / 1024} MB` : 'allowed here';
}
