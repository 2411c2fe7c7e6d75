/** How workers drain a queue: how long a worker is between two jobs, and how many jobs a second it ends. */
import { readEvents } from '../../shared/event-stream.ts';
import type { JobEvent } from '../../shared/events.ts';
import { JobId } from '../../shared/jobs.ts';
import { keys } from '../../shared/keys.ts';
import { until } from '../../shared/testing/processes.ts';
import { liveWorkers } from '../../shared/workers.ts';
import { median, quantile } from '../quantiles.ts';
import { submitList } from './submitting.ts';
import { type BenchYard, memoryOf } from './yard.ts';

export interface Drained {
  workers: number;
  jobs: number;
  /** From the first start to the last end. */
  perSecond: number;
  /** Milliseconds from the end of a job to the first step of the next one on the same worker. */
  gap: { median: number; p95: number };
}

/** Of each process, in bytes. */
export interface Memory {
  api: number;
  redis: number;
  worker: number;
  trainer: number;
  evaluator: number;
}

/** Of one job on Redis's clock, in milliseconds. */
interface Course {
  worker: string;
  begun: number;
  firstStep: number;
  ended: number;
}

const PATIENCE_MS = 60 * 60_000;
const LOOK_EVERY_MS = 500;

/** @param workers that run, and take jobs */
export async function drain(yard: BenchYard, { workers, jobs }: { workers: number; jobs: number }): Promise<Drained> {
  const before = await yard.redis.zcard(keys.ended);
  await submitList(yard, jobs);
  await until(async () => (await yard.redis.zcard(keys.ended)) === before + jobs, {
    what: `${jobs} jobs have ended`,
    timeoutMs: PATIENCE_MS,
    everyMs: LOOK_EVERY_MS,
  });
  const ids = await yard.redis.zrange(keys.ended, before, -1);
  const courses: Course[] = [];
  for (const id of ids) courses.push(await courseOf(yard, JobId.parse(id)));
  const first = Math.min(...courses.map(({ begun }) => begun));
  const last = Math.max(...courses.map(({ ended }) => ended));
  const gaps = gapsOf(courses);
  return {
    workers,
    jobs,
    perSecond: (1000 * jobs) / (last - first),
    gap: { median: median(gaps), p95: quantile(gaps, 0.95) },
  };
}

async function courseOf({ redis, store }: BenchYard, id: JobId): Promise<Course> {
  const events = await readEvents(redis, id);
  const attempts = (await store.get(id))?.attempts ?? [];
  const at = (what: string, isIt: (event: JobEvent) => boolean) => {
    const found = events.find(({ event }) => isIt(event));
    if (found === undefined) throw new Error(`job ${id} has no event of its ${what}`);
    return Number(found.id.split('-', 1)[0]);
  };
  if (attempts.length !== 1) throw new Error(`job ${id} had ${attempts.length} attempts`);
  return {
    worker: attempts[0]?.worker ?? '',
    begun: at('start', (event) => event.type === 'state' && event.state === 'active'),
    firstStep: at('first step', ({ type }) => type === 'step'),
    ended: at('end', (event) => event.type === 'state' && event.state === 'completed'),
  };
}

function gapsOf(courses: readonly Course[]): number[] {
  const names = [...new Set(courses.map(({ worker }) => worker))];
  return names.flatMap((name) => {
    const inTurn = courses.filter(({ worker }) => worker === name).sort((a, b) => a.begun - b.begun);
    return inTurn.slice(1).map(({ firstStep }, i) => firstStep - (inTurn[i] as Course).ended);
  });
}

/** @param yard with one worker */
export async function memoryOfAll({ redis, server, pid }: BenchYard): Promise<Memory> {
  const [worker] = await liveWorkers(redis);
  const [trainer = 0, evaluator = 0] = worker?.trainers ?? [];
  return {
    api: await memoryOf(pid),
    redis: await memoryOf(server.pid),
    worker: await memoryOf(worker?.pid ?? 0),
    trainer: await memoryOf(trainer),
    evaluator: await memoryOf(evaluator),
  };
}
