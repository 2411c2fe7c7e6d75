import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../shared/checkpoints/checkpoint.ts';
import { Manifest } from '../shared/checkpoints/manifest.ts';
import { CheckpointList } from './handlers/checkpoints.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { commitEpoch, createFakeWorker, type FakeWorker, type TakenJob } from './testing/fake-worker.ts';
import { sendRaw } from './testing/raw-http.ts';

let api: TestApiWithRedis;
let worker: FakeWorker;
let taken: TakenJob;
let path: string;
let saved: { name: string; bytes: Uint8Array }[];

/** One job with the checkpoints of epochs 1 and 2, the first of them the best. */
beforeAll(async () => {
  api = await startTestApiWithRedis();
  worker = createFakeWorker(api.server.url);
  const { id, spec } = (await api.submit()).body;
  path = `/v1/jobs/${id}/checkpoints`;
  expect((await api.get(`${path}/last`)).body).toMatchObject({ status: 404, code: 'checkpoint-not-found' });
  taken = await worker.take();
  const options = { store: api.checkpoints, spec };
  saved = [await commitEpoch(taken, { ...options, epoch: 1, best: true })];
  const second = await commitEpoch(taken, { ...options, epoch: 2, best: false });
  // the worker names the best with every commit
  await api.redis.hset(`{trainyard}:job:${id}`, 'bestCheckpoint', saved[0]?.name ?? '');
  saved.push(second);
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

const download = (which: string | number, headers: Record<string, string> = {}) =>
  fetch(`${api.url}${path}/${which}`, { headers: { accept: 'application/vnd.safetensors', ...headers } });

describe('the checkpoints of a job', () => {
  it('are listed, the furthest first, with the best and the last', async () => {
    const list = CheckpointList.parse((await api.get(path)).body);
    const [first, second] = saved;
    expect(list).toMatchObject({ best: first?.name, last: second?.name });
    expect(list.checkpoints.map(({ name, isBest, isLast }) => [name, isBest, isLast])).toEqual([
      [second?.name, false, true],
      [first?.name, true, false],
    ]);
    for (const { name, links } of list.checkpoints) expect((await api.get(links.self)).body.name).toBe(name);
  });

  it('are there by epoch, as best and as last', async () => {
    const epochOf = async (which: string | number) =>
      Manifest.parse((await api.get(`${path}/${which}`)).body).run.cursor.epoch;
    expect(await Promise.all([1, 2, 'best', 'last'].map(epochOf))).toEqual([1, 2, 1, 2]);
    expect((await api.get(`${path}/3`)).body).toMatchObject({ status: 404, code: 'checkpoint-not-found' });
    expect((await api.get(`${path}/first`)).body).toMatchObject({ status: 422, code: 'validation-failed' });
  });

  it.each(['application/vnd.safetensors', 'application/octet-stream'])(
    'are files for who accepts %s',
    async (accept) => {
      const answer = await download('best', { accept });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const { name } = saved[0] as (typeof saved)[0];
      expect(sha256(bytes)).toBe(sha256(saved[0]?.bytes as Uint8Array));
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': accept,
        'content-length': String(bytes.length),
        etag: `"${sha256(bytes)}"`,
        vary: 'Accept',
        'content-disposition': `attachment; filename="${taken.id}-${name}.safetensors"`,
      });
      // not by fetch, which adds cache-control: no-cache to such a question
      const head = `GET ${path}/best HTTP/1.1\r\naccept: ${accept}\r\nif-none-match: ${answer.headers.get('etag')}`;
      expect(await sendRaw(api.url, head)).toMatchObject({ status: 304, body: '' });
    },
  );

  it('have headers alone for HEAD, and nothing for who accepts something else', async () => {
    const head = await fetch(`${api.url}${path}/1`, {
      method: 'HEAD',
      headers: { accept: 'application/octet-stream' },
    });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(saved[0]?.bytes.length)]);
    const answer = await api.get(`${path}/1`, { accept: 'text/html' });
    expect(answer).toMatchObject({ status: 406, body: { code: 'not-acceptable' } });
  });

  it('are a clear problem when their files are damaged or missing, and the API goes on', async () => {
    const file = (extension: string) => join(api.folder, taken.id, `${saved[1]?.name}.${extension}`);
    const damaged = { status: 500, code: 'checkpoint-damaged' };
    const bytes = Buffer.from(saved[1]?.bytes as Uint8Array);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file('safetensors'), bytes);
    expect(await (await download(2)).json()).toMatchObject(damaged);
    truncateSync(file('safetensors'), 10);
    expect(await (await download(2)).json()).toMatchObject(damaged);
    rmSync(file('safetensors'));
    expect(await (await download(2)).json()).toMatchObject({
      ...damaged,
      detail: expect.stringContaining('has lost its manifest or its file'),
    });
    expect((await api.get(`${path}/2`)).status).toBe(200);
    writeFileSync(file('json'), '{"format": 1');
    expect((await api.get(`${path}/2`)).body).toMatchObject(damaged);
    rmSync(file('json'));
    expect((await api.get(`${path}/2`)).body).toMatchObject(damaged);
    expect((await download(1)).status).toBe(200);

    rmSync(api.folder, { recursive: true });
    writeFileSync(api.folder, 'a file where the folder was');
    expect((await api.get(`${path}/1`)).body).toMatchObject({ status: 503, code: 'store-unavailable' });
    expect(await api.get('/readyz')).toMatchObject({
      status: 200,
      body: {
        ...{ status: 'ready', redis: 'ok', checkpointStore: 'unreachable' },
        details: { redis: null, checkpointStore: expect.stringContaining(api.folder) },
      },
    });
  });
});
