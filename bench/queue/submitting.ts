/** How fast one process of the API takes jobs, beside BullMQ's own `add` of the same jobs on the same Redis. */
import { Queue } from 'bullmq';
import { newJobId, TrainSpec } from '../../shared/jobs.ts';
import { jobOptions } from '../../shared/queues.ts';
import { connectForWorker } from '../../shared/redis.ts';
import { median, quantile } from '../quantiles.ts';
import { type Fired, fire } from './autocannon.ts';
import { firePaced } from './paced.ts';
import { AT_ONCE, type Plan, REQUEST } from './plan.ts';
import type { BenchYard } from './yard.ts';

/** Medians of the rounds. */
export interface Submitting {
  api: Fired;
  /** Milliseconds of CPU that a job takes in the API's process; for BullMQ, in the one that adds. */
  apiCpu: number;
  raw: Fired;
  rawCpu: number;
  /** At half the API's rate. */
  half: Fired;
  /** Seconds of a request with a list of jobs. */
  listSeconds: number;
}

/** In one request. */
export const JOBS_AT_ONCE = 1000;
/** Before the first round: what is compiled on the way is compiled then. */
const WARM_UP_SECONDS = 2;

export async function measureSubmitting(yard: BenchYard, { rounds, seconds, lists }: Plan): Promise<Submitting> {
  const target = { url: yard.jobsUrl, headers: yard.headers, body: JSON.stringify(REQUEST) };
  const raw = createRawQueue(yard.server.url);
  await fire({ ...target, seconds: WARM_UP_SECONDS });
  await raw.add(WARM_UP_SECONDS);

  const ours: { fired: Fired; cpu: number }[] = [];
  const theirs: { fired: Fired; cpu: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await yard.cpuSeconds();
    const fired = await fire({ ...target, seconds });
    const cpu = (await yard.cpuSeconds()) - before;
    ours.push({ fired, cpu: (1000 * cpu) / (fired.perSecond * seconds) });
    theirs.push(await raw.add(seconds));
  }
  await raw.close();
  const api = mediansOf(ours.map(({ fired }) => fired));
  const halves: Fired[] = [];
  for (let round = 0; round < rounds; round++) {
    halves.push(await firePaced({ ...target, seconds }, api.perSecond / 2));
  }
  const listSeconds: number[] = [];
  for (let list = 0; list < lists; list++) listSeconds.push(await submitList(yard, JOBS_AT_ONCE));
  return {
    api,
    apiCpu: median(ours.map(({ cpu }) => cpu)),
    raw: mediansOf(theirs.map(({ fired }) => fired)),
    rawCpu: median(theirs.map(({ cpu }) => cpu)),
    half: mediansOf(halves),
    listSeconds: median(listSeconds),
  };
}

/** In one request. @returns seconds. @throws Error if any is refused */
export async function submitList({ jobsUrl: url, headers }: BenchYard, count: number): Promise<number> {
  const body = JSON.stringify(Array.from({ length: count }, () => REQUEST));
  const began = performance.now();
  const answer = await fetch(url, { method: 'POST', headers, body });
  const { items } = (await answer.json()) as { items?: { status: number }[] };
  const seconds = (performance.now() - began) / 1000;
  if (items?.length !== count || items.some(({ status }) => status !== 202)) {
    throw new Error(`a list of ${count} jobs was answered with ${answer.status}`);
  }
  return seconds;
}

/** BullMQ alone, from this process, with what the API puts into it for a job. */
function createRawQueue(url: string) {
  const connection = connectForWorker(url);
  const queue = new Queue('raw', { connection, prefix: '{raw}' });
  const spec = TrainSpec.parse({ ...REQUEST.spec, engine: 'simd' });

  return {
    async add(seconds: number): Promise<{ fired: Fired; cpu: number }> {
      const latencies: number[] = [];
      const cpu = process.cpuUsage();
      const began = performance.now();
      const until = began + 1000 * seconds;
      const addOnAndOn = async () => {
        for (let now = performance.now(); now < until; ) {
          const id = newJobId();
          const data = { jobId: id, name: REQUEST.name, tags: [], spec };
          await queue.add(REQUEST.name, data, jobOptions({ id, priority: 0 }));
          const then = now;
          now = performance.now();
          latencies.push(now - then);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, addOnAndOn));
      const took = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const { length } = latencies;
      return {
        fired: { perSecond: length / took, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
        cpu: (user + system) / 1000 / length,
      };
    },

    async close(): Promise<void> {
      await queue.close();
      connection.disconnect();
    },
  };
}

function mediansOf(fired: readonly Fired[]): Fired {
  return {
    perSecond: median(fired.map(({ perSecond }) => perSecond)),
    p50: median(fired.map(({ p50 }) => p50)),
    p99: median(fired.map(({ p99 }) => p99)),
  };
}
