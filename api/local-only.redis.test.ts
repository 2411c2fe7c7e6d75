/** Without keys, only this machine: pages of other names and origins are refused. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';

let api: TestApiWithRedis;
beforeAll(async () => {
  api = await startTestApiWithRedis();
});
afterAll(async () => {
  await api.close();
});

/** fetch would not let us choose the Host. */
function statusFor(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api.url}${path}`, { headers }, (response) => {
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
