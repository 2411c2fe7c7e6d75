/** How fast one process of the API takes jobs, beside BullMQ's own `add` of the same jobs on the same Redis. */
import { Queue } from 'bullmq';
import { newJobId, TrainSpec } from '../../shared/jobs.ts';
import { jobOptions } from '../../shared/queues.ts';
import { connectForWorker } from '../../shared/redis.ts';
import { median, quantile } from '../quantiles.ts';
import { type Fired, fire, type Target } from './autocannon.ts';
import { firePaced } from './paced.ts';
import { AT_ONCE, type Plan, REQUEST } from './plan.ts';
import type { BenchYard } from './yard.ts';

/** Medians of the rounds. */
export interface Submitting {
  api: Turn;
  /** The same requests and answers, and nothing between. */
  express: Turn;
  /** As many adds of BullMQ alone under way at once as the API has connections. */
  raw: Turn;
  /** BullMQ's adds one after the other. */
  inTurn: Turn;
  /** At half the API's rate. */
  half: Fired;
  /** Seconds of a request with a list of jobs. */
  listSeconds: number;
}

/** Of one round, or medians of several. */
export interface Turn {
  fired: Fired;
  /** Milliseconds of CPU that a job takes in the process which is fired on; of BullMQ alone, in the one that adds. */
  cpu: number;
}

/** In one request. */
export const JOBS_AT_ONCE = 1000;

export async function measureSubmitting(
  yard: BenchYard,
  { rounds, seconds, warmUpSeconds, lists, mayRefuse }: Plan,
): Promise<Submitting> {
  const target = { url: yard.jobsUrl, headers: yard.headers, body: JSON.stringify(REQUEST), mayRefuse };
  const raw = createRawQueue(yard.server.url);
  const answer = await fetch(target.url, { method: 'POST', headers: target.headers, body: target.body });
  const express = await yard.express((await answer.json()) as object);
  const expressTarget = { ...target, url: express.url };
  await fire({ ...target, seconds: warmUpSeconds });
  await fire({ ...expressTarget, seconds: warmUpSeconds });
  await raw.add(warmUpSeconds, AT_ONCE);

  const ours: Turn[] = [];
  const expressAlone: Turn[] = [];
  const theirs: Turn[] = [];
  const theirsInTurn: Turn[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await fireOneTurn({ ...target, seconds }, yard.cpuSeconds));
    expressAlone.push(await fireOneTurn({ ...expressTarget, seconds }, express.cpuSeconds));
    theirs.push(await raw.add(seconds, AT_ONCE));
    theirsInTurn.push(await raw.add(seconds, 1));
  }
  await raw.close();
  const api = medianTurn(ours);
  const halves: Fired[] = [];
  for (let round = 0; round < rounds; round++) {
    halves.push(await firePaced({ ...target, seconds }, api.fired.perSecond / 2));
  }
  const listSeconds: number[] = [];
  for (let list = 0; list < lists; list++) listSeconds.push(await submitList(yard, JOBS_AT_ONCE, mayRefuse));
  return {
    api,
    express: medianTurn(expressAlone),
    raw: medianTurn(theirs),
    inTurn: medianTurn(theirsInTurn),
    half: mediansOf(halves),
    listSeconds: median(listSeconds),
  };
}

/** @param cpuSeconds that the process which is fired on has had so far */
async function fireOneTurn(target: Target, cpuSeconds: () => Promise<number>): Promise<Turn> {
  const before = await cpuSeconds();
  const fired = await fire(target);
  const cpu = (await cpuSeconds()) - before;
  return { fired, cpu: (1000 * cpu) / (fired.perSecond * target.seconds) };
}

/** In one request. @returns seconds. @throws Error if any is refused that may not be, or all are */
export async function submitList(
  { jobsUrl: url, headers }: BenchYard,
  count: number,
  mayRefuse = false,
): Promise<number> {
  const body = JSON.stringify(Array.from({ length: count }, () => REQUEST));
  const began = performance.now();
  const answer = await fetch(url, { method: 'POST', headers, body });
  const { items } = (await answer.json()) as { items?: { status: number }[] };
  const seconds = (performance.now() - began) / 1000;
  const isTaken = ({ status }: { status: number }) => status === 202;
  if (items?.length !== count || !(mayRefuse ? items.some(isTaken) : items.every(isTaken))) {
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
    /** @param atOnce adds under way; each is followed by the next one */
    async add(seconds: number, atOnce: number): Promise<Turn> {
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
      await Promise.all(Array.from({ length: atOnce }, addOnAndOn));
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

function medianTurn(turns: readonly Turn[]): Turn {
  return { fired: mediansOf(turns.map(({ fired }) => fired)), cpu: median(turns.map(({ cpu }) => cpu)) };
}

function mediansOf(fired: readonly Fired[]): Fired {
  return {
    perSecond: median(fired.map(({ perSecond }) => perSecond)),
    p50: median(fired.map(({ p50 }) => p50)),
    p99: median(fired.map(({ p99 }) => p99)),
  };
}
