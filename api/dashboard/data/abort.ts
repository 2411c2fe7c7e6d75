/** Requests that end before their answer has come: in time, or by one of two signals. */

/** A connection may die and not say so; browsers wait for minutes then. */
const TIME_MS = 10_000;

/** Gives up after ten seconds, by a TimeoutError as that of AbortSignal.timeout, which no test's clock moves. */
export async function inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException('no answer in time', 'TimeoutError')), TIME_MS);
  try {
    return await ask(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

/** A signal's reason where none is given. */
export function isBreakingOff(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'AbortError';
}

/** By the first of them: AbortSignal.any is not in all browsers that the dashboard is built for. */
export async function untilEither<T>(
  signals: readonly [AbortSignal, AbortSignal],
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const end = () => either.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const one of signals) one.addEventListener('abort', end);
  if (signals.some(({ aborted }) => aborted)) end();
  try {
    return await ask(either.signal);
  } finally {
    for (const one of signals) one.removeEventListener('abort', end);
  }
}
