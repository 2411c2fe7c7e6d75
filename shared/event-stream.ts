/** A job's own event stream in Redis (not BullMQ's): read it, or follow it from any entry on. */
import type { Redis } from 'ioredis';
import { JobEvent } from './events.ts';
import { keys } from './keys.ts';

export interface StreamedEvent {
  /** Redis's stream id: rises within a job. */
  id: string;
  event: JobEvent;
}

/** Milliseconds that one blocking read waits before it looks at the signal again. */
const BLOCK_MS = 1000;

/** Entries after `after` (`0`: from the first), at most `count`. */
export async function readEvents(redis: Redis, jobId: string, after = '0', count = 1000): Promise<StreamedEvent[]> {
  const entries = await redis.xrange(keys.events(jobId), after === '0' ? '-' : `(${after}`, '+', 'COUNT', count);
  return entries.map(parseEntry);
}

/**
 * Yields what is there after `after` and then what comes, until the signal aborts.
 * @param redis a connection of its own: it blocks
 */
export async function* followEvents(
  redis: Redis,
  jobId: string,
  { after = '0', signal }: { after?: string; signal?: AbortSignal } = {},
): AsyncGenerator<StreamedEvent> {
  let last = after;
  while (!signal?.aborted) {
    const reply = await redis.xread('COUNT', 1000, 'BLOCK', BLOCK_MS, 'STREAMS', keys.events(jobId), last);
    for (const [, entries] of reply ?? []) {
      for (const entry of entries) {
        const streamed = parseEntry(entry);
        last = streamed.id;
        yield streamed;
      }
    }
  }
}

function parseEntry([id, fields]: [string, string[]]): StreamedEvent {
  return { id, event: JobEvent.parse(JSON.parse(fields[1] ?? '')) };
}
