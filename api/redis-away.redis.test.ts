/** Redis killed, hung, restarted, away at start: an answer within a second each time, and recovery by itself. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../shared/testing/processes.ts';
import { startTestRedis, type TestRedis } from '../shared/testing/redis.ts';
import { expectWithin, msOf } from '../shared/testing/within.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

let redis: TestRedis;
let api: TestApi;

beforeEach(async () => {
  redis = await startTestRedis();
});
afterEach(async () => {
  await api.close();
  await redis.stop();
  vi.unstubAllEnvs();
});

const ID = 'j0mwu99p1i8f2ab7ca05';
const isReady = async () => (await api.get('/readyz')).status === 200;
const waitUntilReady = () => until(isReady, { what: 'the API is ready' });

/** Every route that needs Redis says so in time, and those that do not go on. */
async function expectUnavailable(): Promise<void> {
  for (const [method, path] of [
    ['POST', '/v1/jobs'],
    ['GET', '/v1/jobs'],
    ['GET', `/v1/jobs/${ID}`],
    ['POST', `/v1/jobs/${ID}/cancel`],
    ['DELETE', `/v1/jobs/${ID}`],
    ['GET', `/v1/jobs/${ID}/metrics`],
    ['GET', `/v1/jobs/${ID}/events`],
    ['GET', '/v1/events'],
    ['GET', '/v1/workers'],
  ] as const) {
    const isSubmit = path === '/v1/jobs' && method === 'POST';
    await expectWithin(1000, () =>
      msOf(async () => {
        const answer = await (isSubmit ? api.submit() : api.request(path, { method }));
        expect(answer).toMatchObject({ status: 503, body: { code: 'redis-unavailable' } });
        expect(answer.headers.get('retry-after')).toBe('1');
      }),
    );
  }
  expect((await api.get('/healthz')).status).toBe(200);
  const readiness = await api.get('/readyz');
  expect(readiness).toMatchObject({
    status: 503,
    body: { status: 'not-ready', redis: 'unreachable', checkpointStore: 'ok' },
  });
  expect((await api.get('/admin/queues/api/queues?activeQueue=train-cpu')).status).toBe(503);
  expect((await api.submit('{')).status).toBe(400);
}

describe('while Redis', () => {
  it('is away at start, requests are refused; once it is there, the first is served', async () => {
    await redis.kill();
    api = await startTestApi(redis.url, { impatient: true });
    await expectUnavailable();
    await redis.restart();
    await waitUntilReady();
    expect((await api.submit()).status).toBe(202);
  });

  it('is killed, requests are refused; restarted with its append-only file, all jobs are there', async () => {
    api = await startTestApi(redis.url, { impatient: true });
    await waitUntilReady();
    const { body: job } = await api.submit();
    // everysec: what was accepted more than a second ago is on disk
    await until(async () => /aof_pending_bio_fsync:0/.test(await api.redis.info('persistence')), { what: 'synced' });
    await redis.kill();
    await expectUnavailable();
    await redis.restart();
    await waitUntilReady();
    expect((await api.get(`/v1/jobs/${job.id}`)).body).toEqual(job);
    expect((await api.submit()).body.position).toBe(2);
  });

  it('hangs, requests are refused; once it goes on, they are served', async () => {
    api = await startTestApi(redis.url, { impatient: true });
    await waitUntilReady();
    process.kill(redis.pid, 'SIGSTOP');
    try {
      await expectUnavailable();
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    await waitUntilReady();
    expect((await api.submit()).status).toBe(202);
  });

  it('hangs from the start, the API recovers all the same', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    try {
      api = await startTestApi(redis.url, { impatient: true });
      await expectUnavailable();
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    await waitUntilReady();
    expect((await api.submit()).status).toBe(202);
  });
});

describe('readyz', () => {
  it('warns of a Redis that may lose jobs, and is ready with it', async () => {
    api = await startTestApi(redis.url);
    await waitUntilReady();
    expect((await api.get('/readyz')).body.details.warnings).toEqual([]);
    await api.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await api.redis.config('SET', 'appendonly', 'no');
    expect((await api.get('/readyz')).body).toMatchObject({
      status: 'ready',
      details: { warnings: [expect.stringContaining('noeviction'), expect.stringContaining('appendonly')] },
    });
  });

  it('warns of a Redis that is nearly full', async () => {
    api = await startTestApi(redis.url);
    await waitUntilReady();
    const used = Number(/^used_memory:(\d+)/m.exec(await api.redis.info('memory'))?.[1]);
    await api.redis.config('SET', 'maxmemory', String(Math.ceil(1.02 * used)));
    try {
      const { status, details } = (await api.get('/readyz')).body;
      expect(status).toBe('ready');
      expect(details.warnings).toEqual([expect.stringMatching(/^Redis is (9\d|\d{3}) % full/)]);
    } finally {
      await api.redis.config('SET', 'maxmemory', '0');
    }
  });

  it('is content where Redis does not show its settings', async () => {
    api = await startTestApi(redis.url);
    await waitUntilReady();
    await api.redis.acl('SETUSER', 'default', '-info');
    expect((await api.get('/readyz')).body).toMatchObject({ status: 'ready', details: { warnings: [] } });
  });

  it('does not wait for a store that hangs, asks it no second time meanwhile, and is ready without it', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'any').stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    let asked = 0;
    silent.on('request', () => {
      asked += 1;
    });
    const { port } = silent.address() as AddressInfo;
    api = await startTestApi(redis.url, { checkpointStore: `s3://bucket/here?endpoint=http://127.0.0.1:${port}` });
    await until(() => api.redis.status === 'ready', { what: 'the connection is there' });
    for (const answer of [...(await Promise.all([1, 2, 3].map(() => api.get('/readyz')))), await api.get('/readyz')]) {
      expect(answer).toMatchObject({
        status: 200,
        body: {
          ...{ status: 'ready', redis: 'ok', checkpointStore: 'unreachable' },
          details: { redis: null, checkpointStore: 'the checkpoint store has not answered within 2.5 s' },
        },
      });
    }
    expect(asked).toBe(1);
    silent.close();
    silent.closeAllConnections();
  });
});
