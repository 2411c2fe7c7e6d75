/**
 * Serves every event stream of a process from one blocking connection to Redis. A client first catches up from its own
 * stream, then lives on what the hub reads of all jobs. Whenever the hub may have missed something, all catch up again,
 * each from the last event that it was sent: so nothing is lost and nothing comes twice, whatever Redis goes through.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { messageOf } from '../shared/errors.ts';
import {
  awaitEventsOfAll,
  isAfter,
  newestId,
  readEntriesAfter,
  STREAM_START,
  type StreamEntry,
} from '../shared/event-stream.ts';
import { createJobStore } from '../shared/job-store.ts';
import type { JobId } from '../shared/jobs.ts';
import { keys } from '../shared/keys.ts';
import type { Logger } from '../shared/process.ts';
import { connectPatiently, connectToFollow, isRedisAway } from '../shared/redis.ts';
import { EventClient } from './event-client.ts';
import { type Topic, topicOfAll, topicOfJob, typeOf } from './event-topics.ts';
import { createJobViews } from './job-view.ts';
import { frame, HEARTBEAT, writePreamble } from './sse.ts';
import { createTurnstile } from './turnstile.ts';

const HEARTBEAT_MS = 15_000;
/** Entries of all jobs read at once. A hub that finds so many is far behind, and starts again at the newest. */
const BATCH = 1000;
/** Entries that a client gets at once while it catches up, and how many clients read: a thousand may come at once. */
const PAGE = 50;
const READS_AT_ONCE = 16;
/** Milliseconds that a blocking read waits; shorter than the connection takes for dead. */
const BLOCK_MS = 5000;
const RETRY_MS = 100;

interface Channel {
  topic: Topic;
  clients: Set<EventClient>;
}

export type EventHub = ReturnType<typeof createEventHub>;

export function createEventHub({ redis, logger }: { redis: Redis; logger: Logger }) {
  const follower = connectToFollow(redis);
  const reader = connectPatiently(redis);
  // The main connection says in the log when Redis goes and comes.
  for (const connection of [follower, reader]) connection.on('error', () => {});
  const store = createJobStore(reader);
  const views = createJobViews(reader);
  /** By the key of the stream. */
  const channels = new Map<string, Channel>();
  const inTurn = createTurnstile(READS_AT_ONCE);
  let heartbeat: NodeJS.Timeout | undefined;
  let closed = false;

  function everyClient(visit: (client: EventClient, channel: Channel) => void): void {
    for (const channel of channels.values()) for (const client of channel.clients) visit(client, channel);
  }

  async function follow(): Promise<void> {
    while (!closed) {
      try {
        await followUnbroken();
      } catch (error) {
        if (closed) return;
        logger[isRedisAway(error) ? 'debug' : 'warn']({ error: messageOf(error) }, 'the event streams are interrupted');
        await pause(RETRY_MS);
      }
    }
  }

  /** From the newest entry on, until it may have missed some. */
  async function followUnbroken(): Promise<void> {
    let last = await newestId(follower, keys.eventsOfAll);
    everyClient(catchUp);
    for (;;) {
      const entries = await awaitEventsOfAll(follower, last, { count: BATCH, blockMs: BLOCK_MS });
      if (entries.length === BATCH) return;
      for (const entry of entries) pass(entry);
      last = entries.at(-1)?.id ?? last;
      // Emptied or put back, the stream may be at an earlier id.
      if (entries.length === 0 && (await newestId(follower, keys.eventsOfAll)) !== last) return;
    }
  }

  function pass(entry: StreamEntry): void {
    const ofAll = channels.get(keys.eventsOfAll);
    if (ofAll) passTo(ofAll, entry);
    const ofJob = channels.get(keys.events(entry.jobId ?? ''));
    if (!ofJob) return;
    if (typeOf(entry) === 'removed') for (const client of ofJob.clients) client.end(ofJob.topic.frameOf(entry));
    else passTo(ofJob, entry);
  }

  function passTo({ topic, clients }: Channel, entry: StreamEntry): void {
    const bytes = Buffer.from(topic.frameOf(entry));
    for (const client of clients) {
      if (client.catchingUp) client.behind = true;
      else if (isAfter(entry.id, client.last)) {
        client.last = entry.id;
        client.send(bytes);
      }
    }
  }

  async function catchUp(client: EventClient, { topic }: Channel): Promise<void> {
    client.behind = true;
    if (client.catchingUp) return;
    client.catchingUp = true;
    try {
      while (client.behind && client.isOpen) {
        client.behind = false;
        const entries = await inTurn(() => readEntriesAfter(reader, topic.stream, client.last, PAGE));
        if (entries === null) await reset(client, topic);
        else if (entries.length > 0) await replay(client, topic, entries);
        else if (client.last === STREAM_START && (await inTurn(topic.snapshot)) === null) endOfTopic(client);
      }
      client.catchingUp = false;
    } catch (error) {
      const { requestId } = client;
      if (!closed)
        logger.warn({ requestId, error: messageOf(error) }, 'a client of an event stream could not catch up');
      client.drop();
    }
  }

  async function replay(client: EventClient, topic: Topic, entries: StreamEntry[]): Promise<void> {
    client.last = entries.at(-1)?.id ?? client.last;
    client.behind ||= entries.length === PAGE;
    await client.sendMuch(entries.map(topic.frameOf).join(''));
  }

  /** What it has is no longer there: it gets the state of things, and goes on from there. */
  async function reset(client: EventClient, topic: Topic): Promise<void> {
    client.last = await newestId(reader, topic.stream);
    client.behind = true;
    const snapshot = await inTurn(topic.snapshot);
    if (snapshot === null) endOfTopic(client);
    else await client.sendMuch(frame(client.last, 'reset', JSON.stringify(snapshot)));
  }

  /** What it follows was deleted while nobody looked. */
  function endOfTopic(client: EventClient): void {
    client.end(frame(null, 'removed', JSON.stringify({ type: 'removed', at: new Date().toISOString() })));
  }

  function start(): void {
    heartbeat = setInterval(() => everyClient((client) => client.send(HEARTBEAT)), HEARTBEAT_MS);
    void follow();
  }

  function subscribe(topic: Topic, last: string, response: ServerResponse): void {
    const client = new EventClient(response, last);
    if (closed || !client.isOpen) {
      client.endAtOnce();
      return;
    }
    const channel = channels.get(topic.stream) ?? { topic, clients: new Set() };
    channels.set(topic.stream, channel);
    channel.clients.add(client);
    response.once('close', () => {
      channel.clients.delete(client);
      if (channel.clients.size === 0) channels.delete(topic.stream);
    });
    writePreamble(response, last);
    if (heartbeat) void catchUp(client, channel);
    else start();
  }

  return {
    /** @param last id of the last event that the client has; STREAM_START for all that there are */
    followJob: (id: JobId, last: string, response: ServerResponse): void =>
      subscribe(topicOfJob(id, { store, views }), last, response),
    followAll: (last: string, response: ServerResponse): void => subscribe(topicOfAll({ store }), last, response),

    /** How many follow all jobs, and how many one job. */
    clients(): { all: number; job: number } {
      const counts = { all: 0, job: 0 };
      everyClient((_client, { topic }) => {
        counts[topic.stream === keys.eventsOfAll ? 'all' : 'job'] += 1;
      });
      return counts;
    },

    /** Ends every stream: clients go on elsewhere. */
    close(): void {
      closed = true;
      clearInterval(heartbeat);
      everyClient((client) => client.endAtOnce());
      follower.disconnect();
      reader.disconnect();
    },
  };
}
