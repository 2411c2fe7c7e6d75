/** A yard: Redis, API and one worker, started in this order and stopped in the other. */
import { join } from 'node:path';
import { openLogFile } from '../setup/log-file.mjs';
import { redisForYard } from '../setup/redis-for-yard.mjs';
import { ROOT } from '../setup/root.mjs';
import { keyHeaders } from './key-headers.mjs';
import { prettyPrinter, WARN } from './pretty.mjs';
import { supervise } from './supervise.mjs';

/** @typedef {import('./screen.mjs').Screen} Screen */
/** @typedef {import('./supervise.mjs').Supervised} Supervised */
/** @typedef {Extract<import('./child.mjs').ChildMessage, { type: 'listening' }>} Listening */

// The worker has 10 s to save its job; a little more before it is taken for hung.
const WORKER_PATIENCE_MS = 12_000;
// The API ends its open requests within 8 s.
const API_PATIENCE_MS = 10_000;

/**
 * @typedef {object} Yard
 * @property {Listening} api
 * @property {string} workerName
 * @property {string} redis what it is, for the user
 * @property {() => Promise<void>} stop
 * @property {() => void} kill API and worker at once; Redis, which only needs a moment, is left to `stop`
 */

/**
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.dataDir
 * @param {Screen} options.screen
 * @param {boolean} options.quiet show warnings and errors of the children alone
 * @param {AbortSignal} options.signal given up while it starts: what runs by then is stopped again
 * @returns {Promise<Yard>}
 */
export async function startYard({ env, dataDir, screen, quiet, signal }) {
  const redis = await redisForYard(env, dataDir, screen.line);
  // Its URL is whole; and the private one has no password.
  const childEnv = { ...env, REDIS_URL: redis.url, REDIS_USERNAME: '', REDIS_PASSWORD: '', DATA_DIR: dataDir };
  const pretty = prettyPrinter(screen.isTerminal);
  /** @type {{ api?: Supervised, worker?: Supervised }} */
  const running = {};

  /** @param {'api' | 'worker'} name */
  async function run(name) {
    signal.throwIfAborted();
    running[name] = await supervise({
      name: name === 'api' ? 'API' : 'worker',
      script: join(ROOT, 'dist', name, 'main.js'),
      env: name === 'worker' ? { ...childEnv, METRICS_PORT: portAfter(env.METRICS_PORT) } : childEnv,
      cwd: ROOT,
      log: openLogFile(join(dataDir, 'logs', `${name}.log`)),
      say: screen.line,
      showsAll: !quiet,
      show(line) {
        const { level, text } = pretty(line);
        if (!quiet || level >= WARN) screen.line(`${name.padEnd(6)} ${text}`);
      },
      onUpAgain: (message) =>
        screen.line(message.type === 'listening' ? `The API is back: ${message.url}` : 'The worker is back.'),
    });
    return running[name].said();
  }

  async function stop() {
    const { api, worker } = running;
    const held = api && worker ? await jobsOfWorker(api, worker, keyHeaders(env)) : [];
    if (worker) {
      screen.line(held.length > 0 ? `Stopping: the worker saves ${held.join(', ')} …` : 'Stopping the worker …');
      const inOrder = await worker.stop(WORKER_PATIENCE_MS);
      for (const id of held) screen.line(savedOrNot(id, inOrder));
    }
    if (api) {
      screen.line('Stopping the API …');
      await api.stop(API_PATIENCE_MS);
    }
    if (env.REDIS_URL) return;
    const left = await redis.leave();
    screen.line(
      left === 'stopped'
        ? `Redis is stopped; its data stay in ${dataDir}.`
        : 'Redis goes on: other processes of this folder use it, and the last one to leave stops it.',
    );
  }

  try {
    const listening = /** @type {Listening} */ (await run('api'));
    const ready = await run('worker');
    return {
      api: listening,
      workerName: ready.type === 'ready' ? ready.name : '',
      redis: redis.text,
      stop,
      kill() {
        running.worker?.kill();
        running.api?.kill();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Two processes of one machine cannot listen on the same port.
 * @param {string | undefined} port
 */
function portAfter(port) {
  return Number(port) > 0 ? String(Number(port) + 1) : port;
}

/**
 * The jobs that this yard's worker runs, as far as the API can still tell.
 * @param {Supervised} api
 * @param {Supervised} worker
 * @param {Record<string, string>} headers
 * @returns {Promise<string[]>}
 */
async function jobsOfWorker(api, worker, headers) {
  const [listening, ready] = [api.said(), worker.said()];
  if (listening.type !== 'listening' || ready.type !== 'ready') return [];
  try {
    const answer = await fetch(`${listening.url}/v1/jobs?state=active`, {
      headers,
      signal: AbortSignal.timeout(1000),
    });
    const { jobs } = /** @type {{ jobs: import('../../shared/views.ts').JobView[] }} */ (await answer.json());
    return jobs.filter((job) => job.worker === ready.name).map((job) => job.id);
  } catch {
    return [];
  }
}

/**
 * @param {string} id
 * @param {boolean} inOrder how the worker ended
 */
function savedOrNot(id, inOrder) {
  return inOrder
    ? `Job ${id} is checkpointed and goes on at the next start.`
    : `The worker had to be killed: job ${id} goes on from its last checkpoint at the next start.`;
}
