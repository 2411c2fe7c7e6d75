/** Says in the log which requests failed by no fault of the client's. */
import { type HttpError, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/process.ts';

/** An open dashboard asks several times a second: that Redis or the store is away is said once in so many milliseconds. */
const SAID_FOR_MS = 10_000;

export type FailureLog = ReturnType<typeof createFailureLog>;

export function createFailureLog(logger: Logger, now: () => number = Date.now) {
  /** By the code of the problem: when it was said last, and how many have come since. */
  const said = new Map<string, { at: number; since: number }>();

  return function logFailure(
    { status, code, message }: HttpError,
    error: unknown,
    request: { method: string; url: string; requestId: string },
  ): void {
    const line = { ...request, error: messageOf(error) };
    if (status === 500) {
      // A damaged checkpoint is told whole by its message; what broke in our code is found by the stack.
      const stack = code === 'internal' && error instanceof Error ? { stack: error.stack } : {};
      logger.error({ ...line, ...stack }, 'a request failed');
      return;
    }
    if (status !== 503) return;
    const last = said.get(code);
    if (last && now() - last.at < SAID_FOR_MS) {
      last.since += 1;
      logger.debug(line, message);
      return;
    }
    said.set(code, { at: now(), since: 0 });
    logger.warn({ ...line, ...(last && last.since > 0 ? { alsoSinceTheLastLine: last.since } : {}) }, message);
  };
}
