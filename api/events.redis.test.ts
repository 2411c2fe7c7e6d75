/** Event streams over HTTP: each client gets each event once and in order, whatever happens meanwhile. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readEvents } from '../shared/event-stream.ts';
import { EventOfAll, JobEvent } from '../shared/events.ts';
import { JobId } from '../shared/jobs.ts';
import { keys } from '../shared/keys.ts';
import { until } from '../shared/testing/processes.ts';
import { startTestRedis, type TestRedis } from '../shared/testing/redis.ts';
import { ResetOfAll, ResetOfJob } from './event-topics.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { type EventSource, openEventSource } from './testing/event-source.ts';
import { createFakeWorker, endOfEpoch, epochRow, type FakeWorker, type TakenJob } from './testing/fake-worker.ts';

let redis: TestRedis;
let api: TestApi;
let worker: FakeWorker;
const opened: EventSource[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
  api = await startTestApi(redis.url);
  worker = createFakeWorker(redis.url);
  await until(() => api.redis.status === 'ready', { what: 'the connection is there' });
});
afterEach(() => {
  for (const source of opened.splice(0)) source.close();
});
afterAll(async () => {
  await worker.close();
  await api.close();
  await redis.stop();
});
beforeEach(() => worker.redis.flushall());

async function open(path: string, lastEventId?: string): Promise<EventSource> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const source = await openEventSource(`${api.url}${path}`, headers);
  opened.push(source);
  return source;
}
const submit = async (): Promise<JobId> => JobId.parse((await api.submit()).body.id);
const eventsOf = (id: string) => `/v1/jobs/${id}/events`;

async function taken(): Promise<TakenJob> {
  await submit();
  return worker.take();
}
const epoch = ({ attempt }: TakenJob, number: number) => attempt.epoch(epochRow(number, 1), ...endOfEpoch(number));
async function epochs(job: TakenJob, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) await epoch(job, number);
}

/** All ids of the job's stream; the client has got each of them once and in order. */
async function expectComplete(source: EventSource, id: JobId): Promise<void> {
  const ids = (await readEvents(worker.redis, id, '0', 20_000)).map((entry) => entry.id);
  await source.reached(ids.at(-1) ?? '');
  expect(source.ids()).toEqual(ids);
}

describe("a job's stream", () => {
  it('replays what was and follows what comes, each event under its id and as it was written', async () => {
    const job = await taken();
    await epoch(job, 1);
    const source = await open(eventsOf(job.id));
    expect(source.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await source.event('epoch 1', ({ type }) => type === 'epoch');
    await epoch(job, 2);
    await job.attempt.log('info', 'two\nlines');
    await expectComplete(source, job.id);
    const written = (await readEvents(worker.redis, job.id)).map(({ event }) => event);
    expect(source.events.map(({ data }) => JobEvent.parse(data))).toEqual(written);
    expect(source.events.map(({ type }) => type)).toEqual(written.map(({ type }) => type));
    expect(source.text()).toMatch(/^retry: 1000\nid: 0-0\n\n/);
  });

  it('stays open after the end of the job, for a retry', async () => {
    const id = await submit();
    const source = await open(eventsOf(id));
    await api.post(`/v1/jobs/${id}/cancel`);
    await source.event('cancelled', ({ data }) => data.state === 'cancelled');
    await api.post(`/v1/jobs/${id}/retry`);
    await source.event('retried', ({ data }) => data.reason === 'retried by the user');
  });

  it('goes on right after the Last-Event-ID; the header counts before the query', async () => {
    const job = await taken();
    await epochs(job, 1, 5);
    const ids = (await readEvents(worker.redis, job.id)).map(({ id }) => id);
    const byHeader = await open(eventsOf(job.id), ids[3]);
    const byQuery = await open(`${eventsOf(job.id)}?lastEventId=${ids[3]}`);
    const byBoth = await open(`${eventsOf(job.id)}?lastEventId=${ids[1]}`, ids[3]);
    const fromStart = await open(eventsOf(job.id), '0-0');
    await fromStart.reached(ids.at(-1) ?? '');
    expect(fromStart.ids()).toEqual(ids);
    await epoch(job, 6);
    for (const source of [byHeader, byQuery, byBoth]) {
      await source.event('epoch 6', ({ data }) => data.epoch === 6);
      expect(source.events.map(({ data }) => data.epoch)).toEqual([3, 4, 5, 6]);
    }
  });

  it('is that of one job alone', async () => {
    const [one, other] = [await taken(), await taken()];
    const sources = [await open(eventsOf(one.id)), await open(eventsOf(other.id))];
    await Promise.all([epochs(one, 1, 20), epochs(other, 1, 20)]);
    for (const [i, { id }] of [one, other].entries()) await expectComplete(sources[i] as EventSource, id);
  });

  it('loses and repeats nothing for clients that come, go and come back while events are written', async () => {
    const job = await taken();
    const clients: Promise<EventSource>[] = [];
    const returned: Promise<[string[], EventSource]>[] = [];
    const comesBack = async (): Promise<[string[], EventSource]> => {
      const first = await open(eventsOf(job.id));
      await first.event('an event', () => true);
      first.close();
      return [first.ids(), await open(eventsOf(job.id), first.ids().at(-1))];
    };
    for (let number = 1; number <= 1000; number += 20) {
      clients.push(open(eventsOf(job.id)));
      returned.push(comesBack());
      const batch = Array.from({ length: 20 }, (_, i) => epoch(job, number + i));
      await Promise.all(batch);
    }
    for (const client of clients) await expectComplete(await client, job.id);
    const ids = (await readEvents(worker.redis, job.id, '0', 20_000)).map(({ id }) => id);
    for (const each of returned) {
      const [before, source] = await each;
      await source.reached(ids.at(-1) ?? '');
      expect([...before, ...source.ids()]).toEqual(ids);
    }
  });

  it('begins with a reset where the Last-Event-ID is no longer there, and goes on from it', async () => {
    const job = await taken();
    await epochs(job, 1, 3);
    const [first] = await readEvents(worker.redis, job.id);
    await api.redis.xtrim(keys.events(job.id), 'MAXLEN', 2);
    const source = await open(eventsOf(job.id), first?.id);
    const reset = await source.event('reset', () => true);
    expect(reset.type).toBe('reset');
    const { job: view, epochs: rows } = ResetOfJob.parse(reset.data);
    expect(view).toEqual((await api.get(`/v1/jobs/${job.id}`)).body);
    expect(rows.map((row) => row.epoch)).toEqual([1, 2, 3]);
    expect(reset.id).toBe((await readEvents(worker.redis, job.id)).at(-1)?.id);
    await epoch(job, 4);
    await source.event('epoch 4', ({ data }) => data.epoch === 4);
    expect(source.events).toHaveLength(2);
  });

  it('gives a reset when its events are gone, once', async () => {
    const job = await taken();
    const [first] = await readEvents(worker.redis, job.id);
    await api.redis.del(keys.events(job.id));
    const source = await open(eventsOf(job.id), first?.id);
    const reset = await source.event('reset', ({ type }) => type === 'reset');
    const again = await open(eventsOf(job.id), reset.id);
    await epoch(job, 1);
    for (const each of [source, again]) await each.event('epoch 1', ({ type }) => type === 'epoch');
    expect(source.events.map(({ type }) => type)).toEqual(['reset', 'epoch']);
    expect(again.events.map(({ type }) => type)).toEqual(['epoch']);
  });

  it('ends with `removed` when the job is deleted', async () => {
    const id = await submit();
    await api.post(`/v1/jobs/${id}/cancel`);
    const source = await open(eventsOf(id));
    await source.event('cancelled', ({ data }) => data.state === 'cancelled');
    expect((await api.delete(`/v1/jobs/${id}`)).status).toBe(204);
    await source.ended();
    expect(source.events.at(-1)).toMatchObject({ type: 'removed', data: { type: 'removed' } });
  });

  it('drops a client that does not read, which comes back for the rest', async () => {
    const job = await taken();
    const source = await open(eventsOf(job.id));
    await source.event('active', ({ data }) => data.state === 'active');
    source.pause();
    const message = 'x'.repeat(20_000);
    for (let i = 0; i < 20; i += 1)
      await Promise.all(Array.from({ length: 50 }, () => job.attempt.log('info', message)));
    source.resume();
    await source.ended();
    const rest = await open(eventsOf(job.id), source.ids().at(-1));
    const ids = (await readEvents(worker.redis, job.id, '0', 20_000)).map(({ id }) => id);
    await rest.reached(ids.at(-1) ?? '');
    expect(rest.events.length).toBeGreaterThan(0);
    expect([...source.ids(), ...rest.ids()]).toEqual(ids);
  });
});

describe('the stream of all jobs', () => {
  it('follows from now on, each event with its job, deletions too', async () => {
    const job = await taken();
    const source = await open('/v1/events');
    const newest = (await readEvents(worker.redis, job.id)).at(-1)?.id;
    await source.said(`\nid: ${newest}\n\n`);
    await epochs(job, 1, 2);
    const deleted = await submit();
    await api.post(`/v1/jobs/${deleted}/cancel`);
    await api.delete(`/v1/jobs/${deleted}`);
    await source.event('removed', ({ type }) => type === 'removed');
    const told = source.events.map(({ data }) => EventOfAll.parse(data));
    expect(told.map((event) => [event.jobId, event.type === 'state' ? event.state : event.type])).toEqual([
      [job.id, 'epoch'],
      [job.id, 'epoch'],
      [deleted, 'waiting'],
      [deleted, 'cancelled'],
      [deleted, 'removed'],
    ]);
    const own = (await readEvents(worker.redis, job.id)).slice(-2);
    expect(source.ids().slice(0, 2)).toEqual(own.map(({ id }) => id));
  });

  it('goes on after the Last-Event-ID, and begins with a reset if that is not there', async () => {
    const job = await taken();
    await epochs(job, 1, 3);
    const ids = (await readEvents(worker.redis, job.id)).map(({ id }) => id);
    const source = await open('/v1/events', ids[2]);
    await source.reached(ids.at(-1) ?? '');
    expect(source.ids()).toEqual(ids.slice(3));

    await api.redis.xtrim(keys.eventsOfAll, 'MAXLEN', 1);
    const late = await open('/v1/events', ids[2]);
    const reset = await late.event('reset', () => true);
    expect(ResetOfAll.parse(reset.data).counts).toMatchObject({ active: 1, waiting: 0 });
    await epoch(job, 4);
    await late.event('epoch 4', ({ data }) => data.epoch === 4);
    expect(late.events).toHaveLength(2);
  });
});

describe('while the stream is open', () => {
  /** Ends the connection that the hub blocks on, at the server. */
  async function killFollower(): Promise<void> {
    const clients = String(await api.redis.client('LIST')).split('\n');
    const blocked = clients.filter((line) => /cmd=xread\b/.test(line)).map((line) => /id=(\d+)/.exec(line)?.[1] ?? '');
    for (const id of blocked) await api.redis.client('KILL', 'ID', id);
  }

  it('the connection to Redis breaks again and again, and nothing is lost', async () => {
    const job = await taken();
    const source = await open(eventsOf(job.id));
    const all = await open('/v1/events');
    const since = (await readEvents(worker.redis, job.id)).length;
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([killFollower(), epochs(job, 1 + 20 * round, 20 + 20 * round)]);
    }
    await expectComplete(source, job.id);
    await all.reached(source.ids().at(-1) ?? '');
    expect(all.ids()).toEqual(source.ids().slice(since));
  });

  it('more happens at one moment than is read at once, and nothing is lost', async () => {
    const job = await taken();
    const source = await open(eventsOf(job.id));
    const all = await open('/v1/events', '0-0');
    const [{ id: lastId = '' } = {}] = (await readEvents(worker.redis, job.id)).slice(-1);
    for (const each of [source, all]) await each.reached(lastId);
    const milliseconds = Date.now() + 1000;
    const burst = worker.redis.multi();
    for (let i = 0; i < 2500; i += 1) {
      const id = `${milliseconds}-${i}`;
      const event = { type: 'log', attempt: 1, at: new Date().toISOString(), level: 'info', message: String(i) };
      burst.xadd(keys.eventsOfAll, id, 'job', job.id, 'event', JSON.stringify(event));
      burst.xadd(keys.events(job.id), id, 'event', JSON.stringify(event));
    }
    await burst.exec();
    await expectComplete(source, job.id);
    await expectComplete(all, job.id);
  });

  it('Redis loses events that were sent: a reset, and it goes on', async () => {
    const job = await taken();
    const source = await open(eventsOf(job.id));
    await epochs(job, 1, 2);
    await source.event('epoch 2', ({ data }) => data.epoch === 2);
    const last = source.ids().at(-1) ?? '';
    await api.redis.xdel(keys.events(job.id), last);
    await killFollower();
    const reset = await source.event('reset', ({ type }) => type === 'reset');
    expect(reset.id).toBe(source.ids().at(-3));
    await epoch(job, 3);
    await source.event('epoch 3', ({ data }) => data.epoch === 3);
    expect(source.events.slice(-3).map(({ type }) => type)).toEqual(['epoch', 'reset', 'epoch']);
  });

  it('Redis is restarted: the stream stays, and goes on', async () => {
    const job = await taken();
    const source = await open(eventsOf(job.id));
    await source.event('active', ({ data }) => data.state === 'active');
    await redis.restart();
    await epochs(job, 1, 3);
    await expectComplete(source, job.id);
  });

  it('nothing happens: a heartbeat keeps it open', async () => {
    const id = await submit();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const idle = await startTestApi(redis.url);
    try {
      await until(() => idle.redis.status === 'ready', { what: 'the connection is there' });
      const source = await openEventSource(`${idle.url}${eventsOf(id)}`);
      vi.advanceTimersByTime(15_000);
      await source.said('\n\n: \n\n');
      source.close();
    } finally {
      vi.useRealTimers();
      await idle.close();
    }
  });
});

describe('both refuse', () => {
  it('an id that is none, naming it', async () => {
    const id = await submit();
    for (const path of [eventsOf(id), '/v1/events']) {
      const answer = await api.get(path, { 'last-event-id': 'yesterday' });
      expect(answer).toMatchObject({
        status: 422,
        body: {
          code: 'validation-failed',
          errors: [{ field: expect.stringContaining('Last-Event-ID'), value: 'yesterday' }],
        },
      });
      expect(await api.get(`${path}?lastEventId=5`)).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'lastEventId', value: '5', allowed: expect.stringContaining('1785600000000-0') }] },
      });
    }
  });

  it('a job that is not there, another media type, another method', async () => {
    const id = await submit();
    expect(await api.get(eventsOf('j0mwu99p1i8f2ab7ca05'))).toMatchObject({
      status: 404,
      body: { code: 'job-not-found' },
    });
    for (const path of [eventsOf(id), '/v1/events']) {
      expect(await api.get(path, { accept: 'application/json' })).toMatchObject({ status: 406 });
      expect(await api.post(path)).toMatchObject({ status: 405 });
      const head = await api.request(path, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type'), head.body]).toEqual([200, 'text/event-stream', '']);
    }
  });
});

it('serves a thousand clients at once, each with every epoch once and in order', async () => {
  const job = await taken();
  const sources: EventSource[] = [];
  while (sources.length < 1000) {
    sources.push(...(await Promise.all(Array.from({ length: 100 }, () => open(eventsOf(job.id))))));
  }
  await epochs(job, 1, 50);
  const last = (await readEvents(worker.redis, job.id)).at(-1)?.id ?? '';
  const expected = Array.from({ length: 50 }, (_, i) => i + 1);
  for (const source of sources) {
    await source.reached(last);
    const numbers = source.events.filter(({ type }) => type === 'epoch').map(({ data }) => data.epoch);
    expect(numbers).toEqual(expected);
  }
});
