/** Processes of ours for end-to-end tests; none outlives the test process, however that ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { dismissWatcher, watchedCommand } from '../../scripts/setup/watched.mjs';
import { packageFile } from '../package-root.ts';

const OUTPUT_SHOWN = 4000;
/** Shorter than a test may take, so that what did not come is named; no promise, which two busy cores could break. */
export const PATIENCE_MS = 100_000;

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface TestProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly exited: Promise<ProcessEnd>;
  /** stdout and stderr so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /**
   * The first IPC message, already come or still to come, that satisfies the predicate.
   * Rejects, with the end of the output, when the process ends or the time (default 100 s) is up without one.
   */
  message<Message>(predicate: (message: unknown) => message is Message, timeoutMs?: number): Promise<Message>;
  message(predicate: (message: unknown) => boolean, timeoutMs?: number): Promise<unknown>;
}

interface StartOptions {
  /** Below dist/, such as `worker/main.js`. */
  script: string;
  args?: string[];
  /** The Node that runs it; default: the one that runs the test. */
  node?: string;
  /** On top of this process's environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
}

/** Starts a compiled script in a process group of its own, with an IPC channel. */
export function startProcess({ script, args = [], node = process.execPath, env = {} }: StartOptions): TestProcess {
  const words = [node, '--enable-source-maps', packageFile(`dist/${script}`), ...args];
  const command = watchedCommand(words, { graceSeconds: 0, signal: 'KILL' });
  const child = spawn(command.file, command.args, {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  if (child.pid === undefined) throw new Error(`${script} cannot be started`);

  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const received: unknown[] = [];
  child.on('message', (message) => received.push(message));
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  exited.then(() => dismissWatcher(child));

  function message(predicate: (message: unknown) => boolean, timeoutMs = PATIENCE_MS): Promise<unknown> {
    const come = received.find(predicate);
    if (come !== undefined) return Promise.resolve(come);
    return new Promise((resolve, reject) => {
      const fail = (why: string) =>
        settle(() => reject(new Error(`${script} ${why}:\n${output.slice(-OUTPUT_SHOWN)}`)));
      const look = (candidate: unknown) => {
        if (predicate(candidate)) settle(() => resolve(candidate));
      };
      const timer = setTimeout(() => fail(`sent no such message within ${timeoutMs} ms`), timeoutMs);
      const settle = (how: () => void) => {
        clearTimeout(timer);
        child.off('message', look);
        how();
      };
      child.on('message', look);
      exited.then(({ code, signal }) => fail(`ended (${signal ?? `exit code ${code}`}) without such a message`));
    });
  }

  return {
    pid: child.pid,
    child,
    exited,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    message: message as TestProcess['message'],
  };
}

interface UntilOptions {
  /** What is waited for, as in "job j… is active". */
  what: string;
  timeoutMs?: number;
  everyMs?: number;
}

/**
 * Asks again and again (every 50 ms) until the probe gives something other than false, null or undefined, and returns
 * that; for what tells no event, such as an answer over REST. Fails after 100 s, with the last error of the probe.
 */
export async function until<Found>(
  probe: () => Promise<Found | false | null | undefined> | Found | false | null | undefined,
  { what, timeoutMs = PATIENCE_MS, everyMs = 50 }: UntilOptions,
): Promise<Found> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== false && found !== null && found !== undefined) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
    await pause(everyMs);
  }
}
