/** The reference run over REST, shown in the terminal: what `npm start -- --demo` does once the yard is up. */
import { setTimeout as pause } from 'node:timers/promises';
import { doneLines, epochLine, progressLine } from './yard/demo-text.mjs';

/** @typedef {import('../shared/views.ts').TrainJobView} TrainJobView */
/** @typedef {import('../shared/views.ts').EpochRow} EpochRow */
/** @typedef {(path: string, init?: RequestInit) => Promise<any>} Ask the JSON of a successful answer */

const NAME = 'demo';
/** Every epoch's checkpoint stays, for the slider of the Playground: 20 files of 250 kB. */
const CHECKPOINT = { keepLast: 20 };
const EVERY_MS = 500;
/** The API may be restarted in between; longer than this it is not waited for. */
const PATIENCE_MS = 60_000;

/**
 * @param {object} options
 * @param {string} options.url of the API
 * @param {import('./yard/screen.mjs').Screen} options.screen
 * @param {AbortSignal} options.signal stops the watching, not the job
 * @param {Record<string, string>} [options.headers] of every request, such as an API key
 * @param {object} [options.spec] what is to differ from the reference run
 */
export async function runDemo({ url, screen, signal, headers = {}, spec = {} }) {
  /** @type {Ask} */
  const ask = (path, init = {}) =>
    answerOf(`${url}${path}`, { ...init, headers: { ...headers, ...init.headers }, signal });
  const before = await unfinishedDemo(ask);
  const job = before ?? (await submitDemo(ask, spec));
  const what = before ? 'the demo of an earlier start goes on' : `LeNet-5 on MNIST, ${job.spec.epochs} epochs`;
  screen.line(`Job ${job.id}: ${what}. See it at ${url}/v1/jobs/${job.id}`);
  screen.line('');
  const last = await watch(job.id, ask, screen, signal);
  screen.status(null);
  if (last === null) return;
  for (const line of doneLines(last)) screen.line(line);
  screen.line('');
  screen.line('The yard goes on running and takes more jobs; Ctrl-C stops it.');
}

/**
 * @param {Ask} ask
 * @param {object} spec
 * @returns {Promise<TrainJobView>}
 */
function submitDemo(ask, spec) {
  const body = JSON.stringify({ kind: 'train', name: NAME, spec: { checkpoint: CHECKPOINT, ...spec } });
  return ask('/v1/jobs', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

/**
 * A demo that was stopped with the yard and goes on now.
 * @param {Ask} ask
 * @returns {Promise<TrainJobView | undefined>}
 */
async function unfinishedDemo(ask) {
  const lists = await Promise.all(
    ['active', 'waiting', 'delayed'].map((state) => ask(`/v1/jobs?name=${NAME}&state=${state}`)),
  );
  /** @type {TrainJobView[]} */
  const jobs = lists.flatMap((list) => list.jobs);
  return jobs.find(({ name }) => name === NAME);
}

/**
 * @param {string} id
 * @param {Ask} ask
 * @param {import('./yard/screen.mjs').Screen} screen
 * @param {AbortSignal} signal
 * @returns {Promise<TrainJobView | null>} the job when it has ended; null when the watching was stopped
 */
async function watch(id, ask, screen, signal) {
  let shown = 0;
  let answeredAt = Date.now();
  while (!signal.aborted) {
    try {
      /** @type {TrainJobView} */
      const job = await ask(`/v1/jobs/${id}`);
      /** @type {{ epochs: EpochRow[] }} */
      const { epochs } = await ask(`/v1/jobs/${id}/metrics`);
      answeredAt = Date.now();
      for (const row of epochs.slice(shown)) screen.line(epochLine(row, job.spec.epochs));
      shown = epochs.length;
      if (['completed', 'failed', 'cancelled'].includes(job.state)) return job;
      screen.status(progressLine(job, screen.columns));
    } catch (error) {
      if (signal.aborted) return null;
      if (Date.now() - answeredAt > PATIENCE_MS) throw error;
      screen.status('Waiting for the API …');
    }
    await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

/**
 * @param {string} url
 * @param {RequestInit} init
 * @returns {Promise<any>} the JSON of a successful answer
 */
async function answerOf(url, init) {
  const answer = await fetch(url, init);
  const body = /** @type {any} */ (await answer.json());
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${body.detail ?? body.title ?? ''}`);
  return body;
}
