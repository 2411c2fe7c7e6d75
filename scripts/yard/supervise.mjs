/** Keeps a child running: one that dies is started again, after 1 s, 2 s, … 30 s. */
import { setTimeout as pause } from 'node:timers/promises';
import { SetupError } from '../setup/say.mjs';
import { describeEnd, startChild } from './child.mjs';

/** @typedef {import('./child.mjs').Child} Child */
/** @typedef {import('./child.mjs').ChildMessage} ChildMessage */

const LONGEST_WAIT_MS = 30_000;
/** One that lived this long is healthy: the next wait is the shortest again. */
const HEALTHY_MS = 60_000;
const TAIL_LINES = 12;

/**
 * @typedef {object} Supervised
 * @property {() => ChildMessage} said what it told of itself when it came up the last time
 * @property {(patienceMs: number) => Promise<boolean>} stop by SIGTERM, or SIGKILL when it outlasts the patience;
 *   whether it ended in good order
 * @property {() => void} kill at once, for good
 */

/**
 * @param {object} options
 * @param {string} options.name for messages
 * @param {string} options.script
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.cwd
 * @param {{ path: string, write(text: string): void }} options.log gets each line of its output
 * @param {(line: string) => void} options.show gets it too
 * @param {(text: string) => void} options.say
 * @param {boolean} options.showsAll whether `show` lets every line be seen, so that the log's end need not be repeated
 * @param {(message: ChildMessage) => void} [options.onUpAgain]
 * @param {number} [options.shortestWaitMs]
 * @returns {Promise<Supervised>} when it is up; rejects when its first start fails, which a second would as well
 */
export async function supervise(options) {
  const { name, say, log, shortestWaitMs = 1000 } = options;
  const stopping = new AbortController();
  /** @type {string[]} */
  const tail = [];
  let child = start();
  let said = await child.up.catch((error) => {
    throw new SetupError(`The ${name} does not start (${error.message}). ${endOfLog()}`);
  });
  const over = keepUp();

  /** @returns {Child} */
  function start() {
    tail.length = 0;
    return startChild({
      ...options,
      onLine(line) {
        log.write(`${line}\n`);
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
        options.show(line);
      },
    });
  }

  async function keepUp() {
    let waitMs = shortestWaitMs;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const end = await child.ended;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > HEALTHY_MS) waitMs = shortestWaitMs;
      say(`The ${name} died (${describeEnd(end)}); it is started again in ${waitMs / 1000} s. ${endOfLog()}`);
      await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      child = start();
      child.up.then(
        (message) => {
          said = message;
          options.onUpAgain?.(message);
        },
        () => undefined,
      );
    }
  }

  function endOfLog() {
    if (options.showsAll) return `Its log: ${log.path}`;
    return `The end of its log, ${log.path}:\n${tail.map((line) => `  ${line}`).join('\n')}`;
  }

  return {
    said: () => said,
    async stop(patienceMs) {
      stopping.abort();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      const [{ code }] = await Promise.all([child.ended, over]);
      clearTimeout(timer);
      return code === 0;
    },
    kill() {
      stopping.abort();
      child.kill('SIGKILL');
    },
  };
}
