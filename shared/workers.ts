/** Which workers live: each beats every second or two, and is gone when it has not for a while. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { DeviceType, Hardware } from './device.ts';
import { QUEUE_NAMES, type QueueName } from './engines.ts';
import { ENGINE_NAMES, JobId } from './jobs.ts';
import { keys } from './keys.ts';

export const BEAT_MS = 2000;
const ALIVE_MS = 10_000;

export const DroppedQueue = z.strictObject({ queue: z.enum(QUEUE_NAMES), why: z.string() });
export type DroppedQueue = z.infer<typeof DroppedQueue>;

/** A worker as REST shows it. */
export const WorkerView = z.strictObject({
  name: z.string(),
  host: z.string(),
  pid: z.int(),
  engines: z.array(z.enum(ENGINE_NAMES)),
  device: DeviceType.describe('What its trainers compute on, as far as they have told.'),
  hardware: Hardware.nullable().describe('Of that device; null until a trainer has told.'),
  queues: z.array(z.enum(QUEUE_NAMES)),
  slots: z.int().describe('Jobs it can train at once: a slot whose trainer could not get ready does not count.'),
  running: z.array(JobId),
  trainers: z.array(z.int()).describe('Process ids of its trainers.'),
  state: z.enum(['starting', 'running', 'stopping']),
  unready: z.string().nullable().describe('Why it takes no jobs at this moment; null if it does.'),
  dropped: z
    .array(DroppedQueue)
    .describe('Queues that it takes no jobs from, because its trainers cannot have the engine for them.'),
  version: z.string(),
  node: z.string(),
  startedAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
});
export type WorkerView = z.infer<typeof WorkerView>;

export async function beat(redis: Redis, worker: WorkerView): Promise<void> {
  await redis
    .multi()
    .set(keys.worker(worker.name), JSON.stringify(worker), 'PX', ALIVE_MS)
    .zadd(keys.workers, Date.parse(worker.lastSeenAt), worker.name)
    .exec();
}

export async function signOff(redis: Redis, name: string): Promise<void> {
  await redis.multi().del(keys.worker(name)).zrem(keys.workers, name).exec();
}

/** As another version may have written it: more fields do no harm, and one that cannot be read hides no other. */
const { unready, dropped, hardware } = WorkerView.shape;
const StoredWorker = z.object({
  ...WorkerView.shape,
  unready: unready.default(null),
  dropped: dropped.default([]),
  hardware: hardware.default(null),
});

/** By name. */
export async function liveWorkers(redis: Redis): Promise<WorkerView[]> {
  const names = await redis.zrange(keys.workers, 0, -1);
  if (names.length === 0) return [];
  const values = await redis.mget(names.map(keys.worker));
  const gone = names.filter((_, i) => values[i] === null);
  if (gone.length > 0) await redis.zrem(keys.workers, ...gone);
  return values
    .filter((value) => value !== null)
    .flatMap((value) => StoredWorker.safeParse(JSON.parse(value)).data ?? [])
    .sort((a, b) => a.name.localeCompare(b.name));
}

export function servesQueue(workers: readonly WorkerView[], queue: QueueName): boolean {
  return workers.some((worker) => worker.state === 'running' && worker.queues.includes(queue));
}

/** How many jobs of a queue a worker runs at once: it has one trainer more for evaluations. */
export function slotsOf(worker: WorkerView, queue: QueueName): number {
  if (!servesQueue([worker], queue)) return 0;
  return queue === 'eval' ? 1 : worker.slots;
}
