/**
 * A command that does not outlive the process that starts it, not even one that dies by SIGKILL: a shell forks a
 * watcher that waits for the end of a pipe which only the starter holds, then becomes the command (same pid).
 * Needs a POSIX shell; the starter passes the pipe as file descriptor 4 (3 is free for an IPC channel).
 */

const SCRIPT = `
( ( read -r word <&4
    [ "$word" = stay ] || { sleep "$0"; kill -s "$1" $$; }
  ) 3<&- </dev/null >/dev/null 2>&1 & )
shift
exec "$@" 4<&-
`;

/**
 * @param {string[]} command program and arguments
 * @param {{ graceSeconds: number, signal: 'TERM' | 'KILL' }} end how long after the starter's death, and how
 * @returns {{ file: string, args: string[] }}
 */
export function watchedCommand(command, { graceSeconds, signal }) {
  return { file: '/bin/sh', args: ['-c', SCRIPT, String(graceSeconds), signal, ...command] };
}

/**
 * Lets the command run on after the starter's end (or tells the watcher that it has ended already).
 * @param {import('node:child_process').ChildProcess} child started with the pipe as `stdio[4]`
 */
export function dismissWatcher(child) {
  const pipe = /** @type {import('node:stream').Writable | null | undefined} */ (child.stdio[4]);
  if (pipe && !pipe.destroyed) pipe.end('stay\n');
}
