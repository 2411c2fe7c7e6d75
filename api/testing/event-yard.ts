/** An API whose event streams a test follows, and a worker that writes into them; hooks and all, called once in a file. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { readEvents } from '../../shared/event-stream.ts';
import { JobId } from '../../shared/jobs.ts';
import { until } from '../../shared/testing/processes.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './api.ts';
import { type EventSource, openEventSource } from './event-source.ts';
import { createFakeWorker, endOfEpoch, epochRow, type FakeWorker, type TakenJob } from './fake-worker.ts';

export const eventsOf = (id: string) => `/v1/jobs/${id}/events`;

export const epoch = ({ attempt }: TakenJob, number: number) =>
  attempt.epoch(epochRow(number, 1), ...endOfEpoch(number));

export async function epochs(job: TakenJob, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) await epoch(job, number);
}

export function useEventYard() {
  let api: TestApiWithRedis;
  let worker: FakeWorker;
  const opened: EventSource[] = [];

  beforeAll(async () => {
    api = await startTestApiWithRedis();
    worker = createFakeWorker(api.server.url);
  });
  afterEach(() => {
    for (const source of opened.splice(0)) source.close();
  });
  afterAll(async () => {
    await worker.close();
    await api.close();
  });
  beforeEach(async () => {
    await until(() => api.redis.status === 'ready', {
      what: 'the API has its connection, also after a restart of Redis',
    });
    await worker.redis.flushall();
  });

  const submit = async (): Promise<JobId> => JobId.parse((await api.submit()).body.id);
  /** Of all that a job's stream has. */
  const idsOf = async (id: JobId): Promise<string[]> =>
    (await readEvents(worker.redis, id, '0', 20_000)).map((entry) => entry.id);

  return {
    get api() {
      return api;
    },
    get worker() {
      return worker;
    },
    submit,
    async taken(): Promise<TakenJob> {
      await submit();
      return worker.take();
    },
    async open(path: string, lastEventId?: string): Promise<EventSource> {
      const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const source = await openEventSource(`${api.url}${path}`, headers);
      opened.push(source);
      return source;
    },
    idsOf,
    /** The client has got each event of the job once and in order. */
    async expectComplete(source: EventSource, id: JobId): Promise<void> {
      const ids = await idsOf(id);
      await source.reached(ids.at(-1) ?? '');
      expect(source.ids()).toEqual(ids);
    },
  };
}
