/**
 * A process of ours as a child: `dist/api/main.js` or `dist/worker/main.js`, in a process group of its own, so that
 * Ctrl-C reaches it in our order and not by the terminal; with an IPC channel, at whose end it leaves by itself.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} End */
/** @typedef {{ type: 'listening', url: string, board: string, metrics?: string, note?: string } | { type: 'ready', name: string, metrics?: string }} ChildMessage */

/**
 * @typedef {object} Child
 * @property {number | undefined} pid
 * @property {Promise<ChildMessage>} up its first message; rejects when it ends without one
 * @property {Promise<End>} ended once its output has been read, too
 * @property {(signal: NodeJS.Signals) => void} kill
 */

/**
 * @param {object} options
 * @param {string} options.script
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.cwd
 * @param {((line: string) => void) | null} options.onLine each line of its output; null: it writes to our own
 * @returns {Child}
 */
export function startChild({ script, env, cwd, onLine }) {
  const output = onLine === null ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, ['--enable-source-maps', script], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream && onLine) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
  }
  const ended = new Promise((/** @type {(end: End) => void} */ resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
  const up = new Promise((/** @type {(message: ChildMessage) => void} */ resolve, reject) => {
    child.once('message', (message) => resolve(/** @type {ChildMessage} */ (message)));
    ended.then((end) => reject(new Error(describeEnd(end))));
  });
  up.catch(() => undefined);
  return {
    pid: child.pid,
    up,
    ended,
    kill: (signal) => void child.kill(signal),
  };
}

/** @param {End} end */
export function describeEnd({ code, signal }) {
  return signal === null ? `exit code ${code}` : `ended by ${signal}`;
}
