import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readImages } from '../shared/data/idx-files.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { sendRaw } from './testing/raw-http.ts';

let api: TestApiWithRedis;
beforeAll(async () => {
  api = await startTestApiWithRedis();
});
afterAll(async () => {
  await api.close();
});

it('a source that is faulty is a clear problem, and is looked at anew', async () => {
  const folder = join(api.folder, 'datasets', 'mnist');
  mkdirSync(folder, { recursive: true });
  expect((await api.get('/v1/datasets/mnist/test/0')).body).toMatchObject({
    status: 503,
    code: 'dataset-unavailable',
    detail: expect.stringContaining('t10k-images-idx3-ubyte'),
  });
  rmSync(folder, { recursive: true });
  expect((await api.get('/v1/datasets/mnist/test/0')).status).toBe(200);
});

it.each([
  ['train', 0],
  ['train', 59_999],
  ['test', 9999],
] as const)('image %s/%i is a PNG of the raw digit, cacheable for ever', async (set, index) => {
  const path = `/v1/datasets/mnist/${set}/${index}`;
  const answer = await fetch(`${api.url}${path}`);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/png',
    'cache-control': 'private, max-age=31536000, immutable',
  });
  expect(answer.headers.has('content-disposition') || answer.headers.has('vary')).toBe(false);
  const png = decode(await answer.arrayBuffer());
  expect(png).toMatchObject({ width: 28, height: 28, channels: 1, depth: 8 });
  const raw = await readImages('mnist', set, { dataDir: 'none' });
  expect(Buffer.compare(png.data as Uint8Array, raw.subarray(index * 784, (index + 1) * 784))).toBe(0);
  const head = `GET ${path} HTTP/1.1\r\nif-none-match: ${answer.headers.get('etag')}`;
  expect(await sendRaw(api.url, head)).toMatchObject({ status: 304, body: '' });
});

it('an image that is not there is refused with those that are', async () => {
  expect((await api.get('/v1/datasets/mnist/train/60000')).body).toMatchObject({
    status: 404,
    code: 'not-found',
    detail: 'mnist has no train image 60000; there are those from 0 to 59999',
  });
  expect((await api.get('/v1/datasets/cifar/valid/x')).body).toMatchObject({
    status: 422,
    errors: [{ field: 'dataset', allowed: 'mnist' }, { field: 'set', allowed: 'train or test' }, { field: 'index' }],
  });
});
