/** What a hostile or careless client may send: every answer is a problem of its own, none is 500, and the API goes on. */
import { gzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BODY_LIMIT_BYTES } from './json-body.ts';
import { listen } from './listen.ts';
import { mountRoutes } from './mount.ts';
import { createErrorHandler } from './problem.ts';
import { defineRoute } from './route.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { sendBytes, sendRaw } from './testing/raw-http.ts';

let api: TestApiWithRedis;

beforeAll(async () => {
  api = await startTestApiWithRedis();
});
afterAll(async () => {
  expect((await api.get('/readyz')).body.status).toBe('ready');
  expect((await api.get('/v1/jobs')).body.jobs).toEqual([]);
  await api.close();
});

const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  api.request('/v1/jobs', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

describe('a body', () => {
  it.each([
    ['', 'the body is empty'],
    ['   ', 'unexpected the end at line 1, column 4'],
    ['{"kind": "train",\n}', 'unexpected "}" at line 2, column 1'],
    ['{"kind": NaN}', 'unexpected "N" at line 1, column 10'],
    ['{"kind": "train"} {}', 'unexpected "{" at line 1, column 19'],
    ['['.repeat(500_000), 'unexpected the end at line 1, column 500001'],
    ["{'kind': 'train'}", `unexpected "'" at line 1, column 2`],
  ])('that is no JSON (%#) is told where', async (body, detail) => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-json', instance: '/v1/jobs' } });
    expect(answer.body.detail).toContain(detail);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('that is not UTF-8 is refused, and one with a byte order mark is read', async () => {
    const invalid = Buffer.concat([
      Buffer.from('{"kind": "train", "name": "'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    expect(await send(new Uint8Array(invalid))).toMatchObject({
      status: 400,
      body: { detail: 'the body is not UTF-8' },
    });
    expect(await send('\ufeff{"kind": "eval"}')).toMatchObject({ status: 422 });
  });

  it.each([
    'null',
    '[]',
    '7',
    '"train"',
    '{"kind": ["train"]}',
    '{"kind": "train", "spec": []}',
    '{"kind": "train", "spec": {"optimizer": {"type": "sgd", "learningRate": 1e999}}}',
    '{"kind": "train", "spec": {"epochs": 1e308}}',
    '{"kind": "train", "__proto__": {"polluted": true}}',
    `{"kind": "train", "name": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"kind": "train", "tags": [${'1,'.repeat(100_000)}1]}`,
    `{"kind": "train", ${Array.from({ length: 20_000 }, (_, i) => `"k${i}": 1`).join()}}`,
  ])('that is JSON of the wrong kind (%#) is told what is allowed', async (body) => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect(answer.body.errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(answer.body).length).toBeLessThan(100_000);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('of more than 4 MB is refused, compressed or not', async () => {
    const large = `{"kind": "train", "name": "${'x'.repeat(4 * BODY_LIMIT_BYTES)}"}`;
    const refused = { status: 413, body: { code: 'body-too-large', detail: 'the body is larger than 4 MB' } };
    expect(await send(large)).toMatchObject(refused);
    const bomb = new Uint8Array(gzipSync(large));
    expect(bomb.length).toBeLessThan(10_000);
    expect(await send(bomb, { 'content-encoding': 'gzip' })).toMatchObject(refused);
    // one byte less than the limit is read
    expect(await send(`"${'x'.repeat(4 * BODY_LIMIT_BYTES - 2)}"`)).toMatchObject({ status: 422 });
  });

  it('may be 1 MB where the route says nothing else', async () => {
    const route = defineRoute({
      method: 'post',
      path: '/echo',
      operationId: 'echo',
      tag: 'health',
      summary: 'For this test',
      body: z.unknown(),
      answers: { 200: z.unknown() },
      handler: async ({ body, header }) => ({ status: 200 as const, body: { sent: typeof body, by: header('X-By') } }),
    });
    const app = express()
      .use(mountRoutes([route], api))
      .use(createErrorHandler(api.logFailure));
    const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 });
    const post = (bytes: number) =>
      fetch(`${url}/echo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-by': 'test' },
        body: `"${'x'.repeat(bytes - 2)}"`,
      });
    expect(await (await post(BODY_LIMIT_BYTES)).json()).toEqual({ sent: 'string', by: 'test' });
    const refused = await post(BODY_LIMIT_BYTES + 1);
    expect(await refused.json()).toMatchObject({ status: 413, detail: 'the body is larger than 1 MB' });
    await close();
  });

  it.each([
    ['text/plain', undefined],
    ['application/x-www-form-urlencoded', undefined],
    ['application/json; charset=utf-16', undefined],
    ['application/json; charset=latin1', undefined],
    ['', undefined],
    ['application/json', 'zstd-not-known'],
  ])('of type %j, encoding %j is refused', async (type, encoding) => {
    const answer = await send('{"kind": "train"}', {
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
  });

  it('that is not what content-encoding says, or not as long as it says, is refused', async () => {
    expect(await send('{"kind": "train"}', { 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      body: { code: 'malformed-request' },
    });
    const head = 'POST /v1/jobs HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 5\r\ncontent-length: 6';
    expect(await sendRaw(api.url, head, 'hello!')).toMatchObject({ status: 400 });
  });
});

describe('an address', () => {
  it.each([
    '/v1/jobs/..%2f..%2fetc%2fpasswd',
    '/v1/jobs/%00',
    '/v1/jobs/%zz',
    '/v1/jobs/%ff%fe',
    '/v1/jobs/*',
    '/v1/jobs/{trainyard}:jobs',
    '/v1/jobs/JOB',
    '/v1/jobs/j000000000000000000',
    '/v1/jobs/__proto__/metrics',
    `/v1/jobs/${'x'.repeat(8000)}`,
    '/v1/jobs/%F0%9F%92%A9/checkpoints/best',
    '/v1',
    '/v2/jobs',
    '/jobs',
    '/V1/JOBS',
    '//v1/jobs',
    '/admin/queues/api/nothing',
  ])('with nothing at it is 404: %s', async (path) => {
    const answer = await api.get(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|at .*\.ts/);
    expect(JSON.stringify(answer.body).length).toBeLessThan(1000);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=zzz', 'cursor'],
    ['state=done', 'state'],
    ['tag=a%00b', 'tag'],
    ['offset=3', 'offset'],
    ['__proto__=1', '__proto__'],
    ['constructor=1', 'constructor'],
    ['state[a]=1', 'state[a]'],
    ['name=', 'name'],
  ])('with the query %s is told the field', async (query, field) => {
    const answer = await api.get(`/v1/jobs?${query}`);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect(answer.body.errors).toHaveLength(1);
    expect(answer.body.errors[0].field.replaceAll(/[["\]]/g, '')).toBe(field.replaceAll(/[["\]]/g, ''));
  });

  it.each([
    ['PUT', '/v1/jobs', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/v1/jobs', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/jobs/anything/cancel', 'OPTIONS, POST'],
    ['PATCH', '/v1/jobs/anything', 'DELETE, GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/jobs/anything', 'GET, HEAD, OPTIONS'],
    ['PUT', '/docs', 'GET, HEAD, OPTIONS'],
    ['POST', '/openapi.json', 'GET, HEAD, OPTIONS'],
  ])('does not allow %s %s, and says what it allows', async (method, path, allow) => {
    const answer = await api.request(path, { method });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(answer.headers.get('allow')?.split(', ').sort().join(', ')).toBe(allow);
    const options = await api.request(path, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, answer.headers.get('allow')]);
  });

  it('of 100 kB, and what is not HTTP at all, is refused by the server in our form', async () => {
    const long = await sendRaw(api.url, `GET /v1/jobs/${'x'.repeat(100_000)} HTTP/1.1`);
    expect(long.status).toBe(431);
    expect(JSON.parse(long.body)).toMatchObject({ status: 431, code: 'malformed-request' });
    const { hostname, port } = new URL(api.url);
    const noise = await sendBytes(hostname, Number(port), ['\x16\x03\x01 this is TLS, or so\r\n\r\n']);
    expect(noise.status).toBe(400);
    expect(noise.head).toContain('application/problem+json');
  });
});

it('does not tell what it is made of', async () => {
  const answer = await api.get('/healthz');
  expect(answer.headers.get('x-powered-by')).toBeNull();
  expect(answer.headers.get('server')).toBeNull();
});
