/** An API, its client and a worker that is told what to do, for tests of the client. */
import { expect } from 'vitest';
import { TrainyardClient } from '../client.ts';
import { startTestApiWithRedis } from './api.ts';
import { createFakeWorker, type TakenJob } from './fake-worker.ts';

export type ClientYard = Awaited<ReturnType<typeof startClientYard>>;

/** @param send instead of fetch, for the client's requests */
export async function startClientYard(send: typeof fetch = fetch) {
  const api = await startTestApiWithRedis();
  const client = new TrainyardClient({ baseUrl: `${api.url}/`, fetch: send });
  const trainer = createFakeWorker(api.server.url);
  const waiting = async () => (await client.submit({ kind: 'train' })).id;
  return {
    api,
    client,
    trainer,
    waiting,
    async cancelled(): Promise<string> {
      const id = await waiting();
      await client.cancel(id);
      return id;
    },
    async running(): Promise<TakenJob> {
      const { id } = await client.submit({ kind: 'train', spec: { epochs: 300 }, priority: 10 });
      const taken = await trainer.take();
      expect(taken.id).toBe(id);
      return taken;
    },
    async close(): Promise<void> {
      await trainer.close();
      await api.close();
    },
  };
}

export async function first<T>(stream: AsyncGenerator<T, void>): Promise<T> {
  for await (const event of stream) return event;
  return expect.fail('the stream ended');
}
