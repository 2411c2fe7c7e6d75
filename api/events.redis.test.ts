/** Event streams over HTTP: what they hold, from where they go on, when they begin anew and when they end. */
import { describe, expect, it } from 'vitest';
import { readEvents } from '../shared/event-stream.ts';
import { EventOfAll, JobEvent } from '../shared/events.ts';
import { keys } from '../shared/keys.ts';
import { ResetOfAll, ResetOfJob } from './event-topics.ts';
import type { EventSource } from './testing/event-source.ts';
import { epoch, epochs, eventsOf, useEventYard } from './testing/event-yard.ts';

const yard = useEventYard();
const { open, submit, taken, idsOf, expectComplete } = yard;

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
    const written = (await readEvents(yard.worker.redis, job.id)).map(({ event }) => event);
    expect(source.events.map(({ data }) => JobEvent.parse(data))).toEqual(written);
    expect(source.events.map(({ type }) => type)).toEqual(written.map(({ type }) => type));
    expect(source.text()).toMatch(/^retry: 1000\nid: 0-0\n\n/);
  });

  it('stays open after the end of the job, for a retry', async () => {
    const id = await submit();
    const source = await open(eventsOf(id));
    await yard.api.post(`/v1/jobs/${id}/cancel`);
    await source.event('cancelled', ({ data }) => data.state === 'cancelled');
    await yard.api.post(`/v1/jobs/${id}/retry`);
    await source.event('retried', ({ data }) => data.reason === 'retried by the user');
  });

  it('goes on right after the Last-Event-ID; the header counts before the query', async () => {
    const job = await taken();
    await epochs(job, 1, 5);
    const ids = await idsOf(job.id);
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

  it('begins with a reset where the Last-Event-ID is no longer there, and goes on from it', async () => {
    const job = await taken();
    await epochs(job, 1, 3);
    const [first] = await idsOf(job.id);
    await yard.api.redis.xtrim(keys.events(job.id), 'MAXLEN', 2);
    const source = await open(eventsOf(job.id), first);
    const reset = await source.event('reset', () => true);
    expect(reset.type).toBe('reset');
    const { job: view, epochs: rows } = ResetOfJob.parse(reset.data);
    expect(view).toEqual((await yard.api.get(`/v1/jobs/${job.id}`)).body);
    expect(rows.map((row) => row.epoch)).toEqual([1, 2, 3]);
    expect(reset.id).toBe((await idsOf(job.id)).at(-1));
    await epoch(job, 4);
    await source.event('epoch 4', ({ data }) => data.epoch === 4);
    expect(source.events).toHaveLength(2);
  });

  it('gives a reset when its events are gone, once', async () => {
    const job = await taken();
    const [first] = await idsOf(job.id);
    await yard.api.redis.del(keys.events(job.id));
    const source = await open(eventsOf(job.id), first);
    const reset = await source.event('reset', ({ type }) => type === 'reset');
    const again = await open(eventsOf(job.id), reset.id);
    await epoch(job, 1);
    for (const each of [source, again]) await each.event('epoch 1', ({ type }) => type === 'epoch');
    expect(source.events.map(({ type }) => type)).toEqual(['reset', 'epoch']);
    expect(again.events.map(({ type }) => type)).toEqual(['epoch']);
  });

  it('ends with `removed` when the job is deleted', async () => {
    const id = await submit();
    await yard.api.post(`/v1/jobs/${id}/cancel`);
    const source = await open(eventsOf(id));
    await source.event('cancelled', ({ data }) => data.state === 'cancelled');
    expect((await yard.api.delete(`/v1/jobs/${id}`)).status).toBe(204);
    await source.ended();
    expect(source.events.at(-1)).toMatchObject({ type: 'removed', data: { type: 'removed' } });
  });
});

describe('the stream of all jobs', () => {
  it('follows from now on, each event with its job, deletions too', async () => {
    const job = await taken();
    const source = await open('/v1/events');
    const newest = (await idsOf(job.id)).at(-1);
    await source.said(`\nid: ${newest}\n\n`);
    await epochs(job, 1, 2);
    const deleted = await submit();
    await yard.api.post(`/v1/jobs/${deleted}/cancel`);
    await yard.api.delete(`/v1/jobs/${deleted}`);
    await source.event('removed', ({ type }) => type === 'removed');
    const told = source.events.map(({ data }) => EventOfAll.parse(data));
    expect(told.map((event) => [event.jobId, event.type === 'state' ? event.state : event.type])).toEqual([
      [job.id, 'epoch'],
      [job.id, 'epoch'],
      [deleted, 'waiting'],
      [deleted, 'cancelled'],
      [deleted, 'removed'],
    ]);
    const own = (await idsOf(job.id)).slice(-2);
    expect(source.ids().slice(0, 2)).toEqual(own);
  });

  it('goes on after the Last-Event-ID, and begins with a reset if that is not there', async () => {
    const job = await taken();
    await epochs(job, 1, 3);
    const ids = await idsOf(job.id);
    const source = await open('/v1/events', ids[2]);
    await source.reached(ids.at(-1) ?? '');
    expect(source.ids()).toEqual(ids.slice(3));

    await yard.api.redis.xtrim(keys.eventsOfAll, 'MAXLEN', 1);
    const late = await open('/v1/events', ids[2]);
    const reset = await late.event('reset', () => true);
    expect(ResetOfAll.parse(reset.data).counts).toMatchObject({ active: 1, waiting: 0 });
    await epoch(job, 4);
    await late.event('epoch 4', ({ data }) => data.epoch === 4);
    expect(late.events).toHaveLength(2);
  });
});

describe('both refuse', () => {
  it('an id that is none, naming it', async () => {
    const id = await submit();
    for (const path of [eventsOf(id), '/v1/events']) {
      const answer = await yard.api.get(path, { 'last-event-id': 'yesterday' });
      expect(answer).toMatchObject({
        status: 422,
        body: {
          code: 'validation-failed',
          errors: [{ field: expect.stringContaining('Last-Event-ID'), value: 'yesterday' }],
        },
      });
      expect(await yard.api.get(`${path}?lastEventId=5`)).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'lastEventId', value: '5', allowed: expect.stringContaining('1785600000000-0') }] },
      });
    }
  });

  it('a job that is not there, another media type, another method', async () => {
    const id = await submit();
    expect(await yard.api.get(eventsOf('j0mwu99p1i8f2ab7ca05'))).toMatchObject({
      status: 404,
      body: { code: 'job-not-found' },
    });
    for (const path of [eventsOf(id), '/v1/events']) {
      expect(await yard.api.get(path, { accept: 'application/json' })).toMatchObject({ status: 406 });
      expect(await yard.api.post(path)).toMatchObject({ status: 405 });
      const head = await yard.api.request(path, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type'), head.body]).toEqual([200, 'text/event-stream', '']);
    }
  });
});
