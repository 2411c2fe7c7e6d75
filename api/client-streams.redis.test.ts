/** The client's streams against a real API, over connections that break; and waiting for the end of a job by them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from '../shared/event-stream.ts';
import type { JobId } from '../shared/jobs.ts';
import { keys } from '../shared/keys.ts';
import { until } from '../shared/testing/processes.ts';
import { TrainyardClient } from './client.ts';
import { type BreakableProxy, startProxy } from './testing/breakable-proxy.ts';
import { type ClientYard, first, startClientYard } from './testing/client-yard.ts';
import { endOfEpoch, epochRow, type TakenJob } from './testing/fake-worker.ts';

let yard: ClientYard;
let api: ClientYard['api'];
let client: ClientYard['client'];
let proxy: BreakableProxy;

beforeAll(async () => {
  yard = await startClientYard();
  ({ api, client } = yard);
  proxy = await startProxy(api.url);
});
afterAll(async () => {
  await proxy.close();
  await yard.close();
});

describe('a stream of events', () => {
  const streams = () => proxy.answered().split('content-type: text/event-stream').length;
  const throughProxy = () => new TrainyardClient({ baseUrl: proxy.url });
  const epoch = ({ attempt }: TakenJob, number: number) => attempt.epoch(epochRow(number, 1), ...endOfEpoch(number));
  const idsIn = async (id: JobId) => (await readEvents(api.redis, id)).map((entry) => entry.id);

  it('gives each event once and in order, though its connection breaks again and again', async () => {
    const job = await yard.running();
    const seen: string[] = [];
    for await (const event of throughProxy().events(job.id)) {
      seen.push(event.id);
      if (event.type === 'state' && event.state === 'active') await epoch(job, 1);
      if (event.type !== 'epoch') continue;
      if (event.epoch === 30) break;
      if (event.epoch % 10 === 0) proxy.breakAll();
      await epoch(job, event.epoch + 1);
    }
    expect(seen).toEqual(await idsIn(job.id));
  });

  it('of all jobs loses nothing, though its connection breaks before the first', async () => {
    const job = await yard.running();
    const before = streams();
    const event = first(throughProxy().allEvents());
    await until(() => /\nid: \d+-\d+\n\n$/.test(proxy.answered()), { what: 'the stream is open' });
    proxy.breakAll();
    await epoch(job, 1);
    await epoch(job, 2);
    expect(await event).toMatchObject({ type: 'epoch', jobId: job.id, epoch: 1 });
    expect(streams() - before).toBe(2);
  });

  it('begins with a reset after an event that is no longer kept', async () => {
    const job = await yard.running();
    const [firstId] = await idsIn(job.id);
    await api.redis.xtrim(keys.events(job.id), 'MAXLEN', 1);
    const event = await first(client.events(job.id, { lastEventId: firstId }));
    expect(event).toMatchObject({ type: 'reset', job: { id: job.id, state: 'active' }, epochs: [] });
    expect(event.id).toBe((await idsIn(job.id)).at(-1));
  });

  it('ends when the job is deleted, seen or unseen', async () => {
    for (const isSeen of [true, false]) {
      const id = await yard.cancelled();
      const types: string[] = [];
      for await (const event of throughProxy().events(id)) {
        types.push(event.type);
        if (event.type !== 'state' || event.state !== 'cancelled') continue;
        if (!isSeen) proxy.breakAll();
        await client.remove(id);
      }
      expect(types).toEqual(['state', 'state', 'removed']);
    }
  });

  it('is left by whoever has enough of it, and its connection with it', async () => {
    const own = await startProxy(api.url);
    await first(new TrainyardClient({ baseUrl: own.url }).events(await yard.waiting()));
    await until(() => own.closed() > 0, { what: 'the connection is closed' });
    await own.close();
  });
});

describe('waiting for the end of a job', () => {
  it('ends with it, whether it comes later or is there', async () => {
    const job = await yard.running();
    const ended = client.waitForEnd(job.id);
    await job.attempt.fail('loss-not-finite', 'the loss is NaN', true);
    expect(await ended).toMatchObject({ id: job.id, state: 'failed' });
    expect(await client.waitForEnd(job.id)).toEqual(await ended);
  });

  /** Waits for the end of a waiting job that is cancelled; the client's look at it comes after `meanwhile`. */
  async function endOf(id: string, meanwhile: () => Promise<unknown>) {
    let isFirst = true;
    const late: typeof fetch = async (url, init) => {
      if (String(url).endsWith(id) && isFirst) {
        isFirst = false;
        await meanwhile();
      }
      return fetch(url, init);
    };
    const ended = new TrainyardClient({ baseUrl: proxy.url, fetch: late }).waitForEnd(id);
    await until(() => proxy.answered().includes(`"id":"${id}"`), { what: 'the reset has come' });
    await client.cancel(id);
    return ended;
  }

  it('goes on where the job was retried, and fails where it was deleted', async () => {
    const retried = await yard.waiting();
    const ended = endOf(retried, () => client.retry(retried));
    const eventsOf = (id: string) => readEvents(api.redis, id);
    await until(async () => (await eventsOf(retried)).length === 3, { what: 'it waits again' });
    await client.cancel(retried);
    expect(await ended).toMatchObject({ state: 'cancelled' });
    const deleted = await yard.waiting();
    await expect(endOf(deleted, () => client.remove(deleted))).rejects.toMatchObject({ code: 'job-not-found' });
  });
});
