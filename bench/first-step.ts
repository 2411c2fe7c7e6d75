/**
 * How long a job takes to its first step on an idle worker: p50 and p95, from POST and from the start of its attempt.
 * First for a batch size that the trainer has not had, for which TensorFlow's graph has to be traced, each time another
 * (cold); then for the default one, again and again (warm).
 *
 *   npm start, then, with the port of Redis that it tells:
 *   REDIS_URL=redis://127.0.0.1:PORT node dist/bench/first-step.js [http://127.0.0.1:3000]
 *   GPU_TRAINING=1 WORKER_QUEUES=train-gpu npm start, then the same with --engine tensorflow
 */
import { parseArgs } from 'node:util';
import { TrainyardClient } from '../api/client.ts';
import { followEvents } from '../shared/event-stream.ts';
import { isEnded } from '../shared/events.ts';
import { TrainSpec } from '../shared/jobs.ts';
import { connectForWorker } from '../shared/redis.ts';
import { quantile } from './quantiles.ts';

/** Milliseconds to the event of the first step, by the clock of this machine. */
interface FirstStep {
  fromPost: number;
  fromStart: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string', default: 'simd' }, submits: { type: 'string', default: '50' } },
});
const { engine, batchSize } = TrainSpec.parse({ engine: values.engine });
const submits = Number(values.submits);
const client = new TrainyardClient({ baseUrl: positionals[0] ?? 'http://127.0.0.1:3000' });
const redis = connectForWorker(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');

async function firstStep(size: number): Promise<FirstStep> {
  const spec = { engine, batchSize: size, trainSize: 16, validationSize: 16, epochs: 1, seed: size };
  const postedAt = Date.now();
  const { id } = await client.submit({ kind: 'train', name: 'first-step', spec });
  let startedAt = Number.NaN;
  for await (const { event } of followEvents(redis, id)) {
    const at = Date.parse(event.at);
    if (event.type === 'state' && event.state === 'active') startedAt = at;
    if (event.type === 'state' && isEnded(event.state)) throw new Error(`job ${id} is ${event.state} without a step`);
    if (event.type === 'step') {
      await ended(id);
      return { fromPost: at - postedAt, fromStart: at - startedAt };
    }
  }
  throw new Error(`the events of job ${id} have no end`);
}

/** So that the next job finds the worker idle. */
async function ended(id: Parameters<typeof followEvents>[1]): Promise<void> {
  for await (const { event } of followEvents(redis, id)) if (event.type === 'state' && isEnded(event.state)) return;
}

function report(what: string, times: readonly FirstStep[]): void {
  const of = (which: keyof FirstStep) => {
    const milliseconds = times.map((time) => time[which]);
    return `p50 ${quantile(milliseconds, 0.5)} ms, p95 ${quantile(milliseconds, 0.95)} ms`;
  };
  console.log(`${what}, ${times.length} submits: from POST ${of('fromPost')}; from its start ${of('fromStart')}`);
}

async function measure(what: string, sizes: readonly number[]): Promise<void> {
  const times: FirstStep[] = [];
  for (const size of sizes) times.push(await firstStep(size));
  report(`First step on ${engine}, ${what}`, times);
}

await measure(
  'another batch size each time (cold)',
  Array.from({ length: submits }, (_, i) => batchSize + 1 + i),
);
// its graph may have had to make room
await firstStep(batchSize);
await measure(`batch size ${batchSize} (warm)`, new Array(submits).fill(batchSize));
redis.disconnect();
