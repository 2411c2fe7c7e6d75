/** Whatever happens meanwhile, each client of an event stream gets each event once and in order. */
import { describe, expect, it, vi } from 'vitest';
import { keys } from '../shared/keys.ts';
import { until } from '../shared/testing/processes.ts';
import { startTestApi } from './testing/api.ts';
import { type EventSource, openEventSource } from './testing/event-source.ts';
import { epoch, epochs, eventsOf, useEventYard } from './testing/event-yard.ts';

const yard = useEventYard();
const { open, submit, taken, idsOf, expectComplete } = yard;

/** For a promise that is awaited later: should it fail before, that is for the test to say. */
function heldBack<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}

describe("a job's stream", () => {
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
      clients.push(heldBack(open(eventsOf(job.id))));
      returned.push(heldBack(comesBack()));
      const batch = Array.from({ length: 20 }, (_, i) => epoch(job, number + i));
      await Promise.all(batch);
    }
    for (const client of clients) await expectComplete(await client, job.id);
    const ids = await idsOf(job.id);
    for (const each of returned) {
      const [before, source] = await each;
      await source.reached(ids.at(-1) ?? '');
      expect([...before, ...source.ids()]).toEqual(ids);
    }
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
    const ids = await idsOf(job.id);
    await rest.reached(ids.at(-1) ?? '');
    expect(rest.events.length).toBeGreaterThan(0);
    expect([...source.ids(), ...rest.ids()]).toEqual(ids);
  });
});

describe('while the stream is open', () => {
  /** Ends the connection that the hub blocks on, at the server. */
  async function killFollower(): Promise<void> {
    const clients = String(await yard.api.redis.client('LIST')).split('\n');
    const blocked = clients.filter((line) => /cmd=xread\b/.test(line)).map((line) => /id=(\d+)/.exec(line)?.[1] ?? '');
    for (const id of blocked) await yard.api.redis.client('KILL', 'ID', id);
  }

  it('the connection to Redis breaks again and again, and nothing is lost', async () => {
    const job = await taken();
    const source = await open(eventsOf(job.id));
    const all = await open('/v1/events');
    const since = (await idsOf(job.id)).length;
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
    const lastId = (await idsOf(job.id)).at(-1) ?? '';
    for (const each of [source, all]) await each.reached(lastId);
    const milliseconds = Date.now() + 1;
    const burst = yard.worker.redis.multi();
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
    await yard.api.redis.xdel(keys.events(job.id), last);
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
    await yard.api.server.restart();
    await epochs(job, 1, 3);
    await expectComplete(source, job.id);
  });

  it('nothing happens: a heartbeat keeps it open', async () => {
    const id = await submit();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const idle = await startTestApi(yard.api.server.url);
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

it('serves a thousand clients at once, each with every epoch once and in order', async () => {
  const job = await taken();
  const sources: EventSource[] = [];
  while (sources.length < 1000) {
    sources.push(...(await Promise.all(Array.from({ length: 100 }, () => open(eventsOf(job.id))))));
  }
  await epochs(job, 1, 50);
  const last = (await idsOf(job.id)).at(-1) ?? '';
  const expected = Array.from({ length: 50 }, (_, i) => i + 1);
  for (const source of sources) {
    await source.reached(last);
    const numbers = source.events.filter(({ type }) => type === 'epoch').map(({ data }) => data.epoch);
    expect(numbers).toEqual(expected);
  }
});
