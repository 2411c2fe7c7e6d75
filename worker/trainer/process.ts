/** The process of a trainer: how it is started, what it said last, and how it went. */
import { type ChildProcess, fork } from 'node:child_process';

export interface TrainerProcess {
  child: ChildProcess;
  /** Resolves when it is gone, to how it went. */
  gone: Promise<string>;
  isAlive(): boolean;
  /** It has computed: what it said before it did so the last time tells of no death to come. */
  worked(): void;
  /** The end of its error output, as far as it may tell of its death: enough for a message, or all that is kept. */
  said(howMuch?: 'end' | 'all'): string;
}

/** Characters of a trainer's error output that are kept for the message of its death. */
const STDERR_TAIL = 2000;
/** Characters that are kept in all: TensorFlow has a long line for each library that it lacks. */
const STDERR_KEPT = 20_000;

export function forkTrainer({
  entry,
  env,
}: {
  entry: string;
  env: Record<string, string | undefined>;
}): TrainerProcess {
  const child = fork(entry, [], {
    serialization: 'advanced',
    // Its own process group: Ctrl-C in a terminal is the worker's to answer.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...env },
  });
  /** Up to the last sign of work, and since. Both are kept: a sign may be overtaken by what is said after it. */
  let before = '';
  let since = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    since = (since + chunk.toString()).slice(-STDERR_KEPT);
  });
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // Not 'close': Node 20 never emits it after disconnect(). What is left to read of stderr comes before `end`.
    child.once('exit', (code, signal) => {
      const how = signal ? `killed by ${signal}` : `exit code ${code}`;
      if (child.stderr?.readableEnded === false) child.stderr.once('close', () => resolve(how));
      else resolve(how);
    });
  });
  return {
    child,
    gone,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    worked() {
      before = since;
      since = '';
    },
    said: (howMuch = 'end') => (before + since).slice(howMuch === 'all' ? -STDERR_KEPT : -STDERR_TAIL).trim(),
  };
}
