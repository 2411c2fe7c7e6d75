/** Without keys, only this machine: pages of other names and origins are refused. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';

let api: TestApiWithRedis;
beforeAll(async () => {
  api = await startTestApiWithRedis();
});
afterAll(async () => {
  await api.close();
});

/** fetch would not let us choose the Host. */
function statusFor(
  path: string,
  headers: Record<string, string>,
  { url }: { url: string } = api,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once('error', reject).end();
  });
}

it.each([{ host: 'localhost:3000' }, { host: '[::1]' }, { origin: 'http://127.0.0.1:8080' }])(
  'lets %j in',
  async (headers) => {
    expect(await statusFor('/healthz', headers)).toBe(200);
  },
);

it.each([
  { host: 'evil.example' },
  { host: '127.0.0.1.evil.example' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
])('refuses %j, on the board too', async (headers) => {
  expect(await statusFor('/healthz', headers)).toBe(403);
  expect(await statusFor('/admin/queues', headers)).toBe(403);
});

it.each(['x-forwarded-for', 'forwarded', 'x-forwarded-host', 'x-real-ip'])(
  'refuses what comes through a proxy that nobody spoke of, by %s, and says what to do',
  async (header) => {
    const answer = await api.get('/v1/jobs', { [header]: 'for=192.0.2.1' });
    expect(answer).toMatchObject({ status: 403, body: { code: 'proxy-without-keys' } });
    for (const part of [header, 'API_KEYS_FILE', 'TRUST_PROXY']) expect(answer.body.detail).toContain(part);
  },
);

it('lets in what comes through a proxy that it was told of', async () => {
  const behind = await startTestApi(api.server.url, { proxies: 1 });
  expect(await statusFor('/healthz', { 'x-forwarded-for': '192.0.2.1' }, behind)).toBe(200);
  await behind.close();
});
