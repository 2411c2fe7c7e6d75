/**
 * Events in Redis (not BullMQ's): the stream of one job, and that of all jobs; an event has the same id in both.
 * Read them, or follow them from any entry on.
 */
import type { Redis } from 'ioredis';
import { JobEvent } from './events.ts';
import { keys } from './keys.ts';

export interface StreamedEvent {
  /** Redis's stream id: rises within a job. */
  id: string;
  event: JobEvent;
}

/** An entry of either stream as it lies there, for those who only pass it on. */
export interface StreamEntry {
  id: string;
  /** Said in the stream of all jobs alone. */
  jobId: string | null;
  /** The event as JSON, on one line. */
  json: string;
}

/** The id before that of every entry. */
export const STREAM_START = '0-0';

/** Milliseconds that one blocking read waits before it looks at the signal again. */
const BLOCK_MS = 1000;

/** Entries after `after` (`0`: from the first), at most `count`. */
export async function readEvents(redis: Redis, jobId: string, after = '0', count = 1000): Promise<StreamedEvent[]> {
  const entries = await redis.xrange(keys.events(jobId), after === '0' ? '-' : `(${after}`, '+', 'COUNT', count);
  return entries.map(parseEvent);
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
    for (const entry of await awaitEntries(redis, keys.events(jobId), last, { count: 1000, blockMs: BLOCK_MS })) {
      last = entry[0];
      yield parseEvent(entry);
    }
  }
}

/** The id of a stream's newest entry; of an empty one STREAM_START. */
export async function newestId(redis: Redis, stream: string): Promise<string> {
  const [newest] = await redis.xrevrange(stream, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? STREAM_START;
}

/**
 * The first `count` entries after `after`; null if that one is not there any more (or never was), so that nobody can
 * tell whether there were others between.
 */
export async function readEntriesAfter(
  redis: Redis,
  stream: string,
  after: string,
  count: number,
): Promise<StreamEntry[] | null> {
  if (after === STREAM_START) return (await redis.xrange(stream, '-', '+', 'COUNT', count)).map(parseEntry);
  const [first, ...others] = await redis.xrange(stream, after, '+', 'COUNT', count + 1);
  return first?.[0] === after ? others.map(parseEntry) : null;
}

/**
 * The first `count` entries of all jobs after `after`, as soon as there is one; none after `blockMs` without.
 * @param redis a connection of its own: it blocks
 */
export async function awaitEventsOfAll(
  redis: Redis,
  after: string,
  wait: { count: number; blockMs: number },
): Promise<StreamEntry[]> {
  return (await awaitEntries(redis, keys.eventsOfAll, after, wait)).map(parseEntry);
}

/** Whether one stream id comes after another. */
export function isAfter(id: string, other: string): boolean {
  const [milliseconds = 0, sequence = 0] = id.split('-').map(Number);
  const [otherMilliseconds = 0, otherSequence = 0] = other.split('-').map(Number);
  return milliseconds === otherMilliseconds ? sequence > otherSequence : milliseconds > otherMilliseconds;
}

type RawEntry = [id: string, fields: string[]];

async function awaitEntries(
  redis: Redis,
  stream: string,
  after: string,
  { count, blockMs }: { count: number; blockMs: number },
): Promise<RawEntry[]> {
  const reply = await redis.xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', stream, after);
  return reply?.[0]?.[1] ?? [];
}

/** Fields: `event` and its JSON; in the stream of all jobs before them `job` and its id. */
function parseEntry([id, fields]: RawEntry): StreamEntry {
  return { id, jobId: fields.length === 4 ? (fields[1] ?? null) : null, json: fields.at(-1) ?? '' };
}

function parseEvent(entry: RawEntry): StreamedEvent {
  const { id, json } = parseEntry(entry);
  return { id, event: JobEvent.parse(JSON.parse(json)) };
}
