import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PREFIX } from '../shared/keys.ts';
import { connectForWorker } from '../shared/redis.ts';
import { startProcess, type TestProcess, until } from '../shared/testing/processes.ts';
import { startTestRedis, type TestRedis } from '../shared/testing/redis.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let redis: TestRedis;
let folder: string;
let api: TestProcess;
let url: string;
beforeAll(async () => {
  redis = await startTestRedis();
  folder = mkdtempSync(join(tmpdir(), 'trainyard-observed-'));
  api = startProcess({
    script: 'api/main.js',
    env: {
      ...{ HOST: '127.0.0.1', PORT: '0', METRICS_PORT: undefined, LOG_LEVEL: 'debug' },
      ...{ REDIS_URL: redis.url, DATA_DIR: folder, CHECKPOINT_STORE: undefined },
    },
  });
  const isUp = (message: unknown): message is { url: string } => Object(message).type === 'listening';
  url = (await api.message(isUp)).url;
  await until(async () => (await fetch(`${url}/readyz`)).status === 200, { what: 'the API is ready' });
});
afterAll(async () => {
  api.kill('SIGKILL');
  await api.exited;
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const get = (path: string, requestId?: string) =>
  fetch(`${url}${path}`, { headers: requestId === undefined ? {} : { 'x-request-id': requestId } });
const logged = (part: object): Promise<Record<string, unknown>> =>
  until(
    () =>
      api
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line))
        .find((line) => Object.entries(part).every(([name, value]) => line[name] === value)),
    { what: `a line with ${JSON.stringify(part)}` },
  );

it('the id of a request is the one that it came with, in the answer and in its line of the log', async () => {
  const answer = await get('/v1/jobs?limit=1', 'from-a-proxy.1');
  expect(answer.headers.get('x-request-id')).toBe('from-a-proxy.1');
  expect(await logged({ requestId: 'from-a-proxy.1', msg: 'request' })).toMatchObject({
    ...{ method: 'GET', url: '/v1/jobs?limit=1', status: 200, seconds: expect.any(Number) },
  });
});

it('an answer that is a problem has the id too', async () => {
  const answer = await get('/v1/jobs/none', 'asks-for-nothing');
  expect(answer.status).toBe(404);
  expect(answer.headers.get('x-request-id')).toBe('asks-for-nothing');
});

const KEY = `ty_${'a'.repeat(43)}`;
it.each([undefined, 'two words', `${'long'.repeat(20)}`, '{"json":1}', KEY, `a.${KEY}`])(
  'instead of %j one is made',
  async (sent) => {
    const made = (await get('/healthz', sent)).headers.get('x-request-id');
    expect(made).toMatch(UUID);
    await logged({ requestId: made, msg: 'request' });
  },
);

it('what breaks is logged with the id, on the board too', async () => {
  const client = connectForWorker(redis.url);
  const waiting = `${PREFIX}:eval:prioritized`;
  await client.set(waiting, 'not what BullMQ keeps there');
  try {
    for (const path of ['/v1/jobs/counts', '/admin/queues/api/queues']) {
      const requestId = `breaks${path.replaceAll('/', '.')}`;
      expect((await get(path, requestId)).status).toBe(500);
      expect(await logged({ requestId, level: 50 })).toMatchObject({ error: expect.stringContaining('WRONGTYPE') });
    }
  } finally {
    await client.del(waiting);
    client.disconnect();
  }
});

it('what a request does to a job is logged with the id of both', async () => {
  const headers = { 'content-type': 'application/json', 'x-request-id': 'submits' };
  const answer = await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body: '{"kind":"train"}' });
  const { id } = (await answer.json()) as { id: string };
  expect(await logged({ requestId: 'submits', msg: 'job submitted' })).toMatchObject({ jobId: id, level: 30 });
});
