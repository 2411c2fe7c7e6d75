/** Where BullMQ's halves of jobs are, asked for many at a time. */
import type { Redis } from 'ioredis';
import type { QueueName } from '../../shared/engines.ts';
import type { Queues } from '../../shared/queues.ts';
import { runPipeline } from '../../shared/redis.ts';

/** `missing`: BullMQ knows nothing of it, or holds it in none of its lists. */
export type HalfState = 'waiting' | 'delayed' | 'active' | 'completed' | 'failed' | 'missing';

export interface HalfId {
  id: string;
  queue: QueueName;
}

/** In the order of the jobs asked for. */
export async function halfStates(redis: Redis, queues: Queues, jobs: readonly HalfId[]): Promise<HalfState[]> {
  const names = [...new Set(jobs.map(({ queue }) => queue))];
  const key = (queue: QueueName, set: string) => queues[queue].toKey(set);

  // Nearly all that wait are in this one set, so the others are asked only for the rest.
  const lists = await runPipeline<string[] | string | null>(redis, (pipeline) => {
    for (const name of names) pipeline.lrange(key(name, 'wait'), 0, -1).lrange(key(name, 'active'), 0, -1);
    for (const { id, queue } of jobs) pipeline.zscore(key(queue, 'prioritized'), id);
  });
  const listed = new Map(
    names.map((name, i) => [
      name,
      { waiting: new Set(lists[2 * i] as string[]), active: new Set(lists[2 * i + 1] as string[]) },
    ]),
  );
  const states = jobs.map(({ id, queue }, i): HalfState | null => {
    const { waiting, active } = listed.get(queue) ?? {};
    if (lists[2 * names.length + i] !== null || waiting?.has(id)) return 'waiting';
    return active?.has(id) ? 'active' : null;
  });

  const rest = jobs.filter((_, i) => states[i] === null);
  const scores = await runPipeline<string | null>(redis, (pipeline) => {
    for (const { id, queue } of rest) for (const set of REST) pipeline.zscore(key(queue, set), id);
  });
  const found = rest.map((_, i) => REST.find((_set, j) => scores[REST.length * i + j] !== null) ?? 'missing');
  return states.map((state) => state ?? found.shift() ?? 'missing');
}

const REST = ['delayed', 'completed', 'failed'] as const;
