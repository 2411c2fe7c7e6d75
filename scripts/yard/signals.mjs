/** Ctrl-C, `kill`, a terminal that closes, and the death of who started us all ask for the same orderly end. */

// npm hands on the SIGINT that the terminal has sent to us as well: two within this time are one Ctrl-C.
const SAME_MS = 300;

// npm that is ended by SIGTERM ends the shell between it and us, which hands nothing on: we are left to another parent.
const PARENT_CHECK_MS = 500;

/**
 * @returns {{ signal: AbortSignal, onSecond: (handler: () => void) => void }}
 *   signal aborts at the first; the handler runs at the second
 */
export function untilSignal() {
  const first = new AbortController();
  let handler = () => {};
  let firstAt = 0;
  // Without a terminal (nohup, a service) SIGHUP stays what whoever started us has made of it.
  const signals = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', ...(process.stdout.isTTY ? ['SIGHUP'] : [])]);
  for (const name of signals) {
    process.on(name, () => {
      if (!first.signal.aborted) {
        firstAt = Date.now();
        first.abort();
      } else if (Date.now() - firstAt > SAME_MS) {
        handler();
      }
    });
  }
  // A terminal, or a pipe, that is gone must not keep us from stopping in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const parent = process.ppid;
  const checkParent = () => {
    if (process.ppid !== parent) first.abort();
  };
  if (process.env.npm_lifecycle_event) setInterval(checkParent, PARENT_CHECK_MS).unref();
  return {
    signal: first.signal,
    onSecond(second) {
      handler = second;
    },
  };
}
