/**
 * How long a job takes from POST to its first step on an idle worker: p50 and p95 of 50 submits.
 *
 *   npm start, then: REDIS_URL=redis://… node dist/bench/first-step.js [http://127.0.0.1:3000]
 */

import { TrainyardClient } from '../api/client.ts';
import { followEvents } from '../shared/event-stream.ts';
import { isEnded } from '../shared/events.ts';
import { connectForWorker } from '../shared/redis.ts';
import { quantile } from './quantiles.ts';

const SUBMITS = 50;

const client = new TrainyardClient({ baseUrl: process.argv[2] ?? 'http://127.0.0.1:3000' });
const redis = connectForWorker(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');

/** Milliseconds from the request to the event of the first step, by the clock of this machine. */
async function postToFirstStep(seed: number): Promise<number> {
  const spec = { trainSize: 16, validationSize: 16, epochs: 1, seed };
  const postedAt = Date.now();
  const { id } = await client.submit({ kind: 'train', name: 'first-step', spec });
  let firstStepAt = Number.NaN;
  for await (const { event } of followEvents(redis, id)) {
    if (event.type === 'step' && Number.isNaN(firstStepAt)) firstStepAt = Date.parse(event.at);
    if (event.type === 'state' && isEnded(event.state)) break;
  }
  return firstStepAt - postedAt;
}

const times: number[] = [];
for (let seed = 0; seed < SUBMITS; seed += 1) times.push(await postToFirstStep(seed));
console.log(`POST to first step, ${SUBMITS} submits: p50 ${quantile(times, 0.5)} ms, p95 ${quantile(times, 0.95)} ms`);
redis.disconnect();
