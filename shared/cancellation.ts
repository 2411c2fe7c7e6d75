/**
 * Telling workers that a cancellation was asked for. The flag in the job record is what counts (a worker reads
 * it with its once-a-second progress write); the broadcast only makes it faster.
 */
import type { Redis } from 'ioredis';
import { keys } from './keys.ts';

export async function announceCancellation(redis: Redis, jobId: string): Promise<void> {
  await redis.publish(keys.cancellations, jobId);
}

/** @param redis a connection of its own: it subscribes. ioredis subscribes again after a reconnect. */
export async function onCancellation(redis: Redis, listener: (jobId: string) => void): Promise<void> {
  redis.on('message', (channel: string, jobId: string) => {
    if (channel === keys.cancellations) listener(jobId);
  });
  await redis.subscribe(keys.cancellations);
}
