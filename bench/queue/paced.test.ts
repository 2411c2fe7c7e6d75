import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { firePaced } from './paced.ts';

async function fireAt(answer: RequestListener, mayRefuse = false) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await firePaced({ url, headers: {}, body: '{}', seconds: 0.3, mayRefuse }, 100);
  } finally {
    server.close();
  }
}

test('requests are sent at the rate that is asked', async () => {
  let requests = 0;
  const { perSecond, p50 } = await fireAt((_request, response) => {
    requests += 1;
    response.writeHead(202).end();
  });
  expect(requests).toBe(30);
  expect(perSecond).toBeLessThan(110);
  expect(p50).toBeGreaterThan(0);
});

test('a request that is refused while others are still to be sent is thrown', async () => {
  await expect(fireAt((_request, response) => response.writeHead(503).end())).rejects.toThrow('answered with 503');
});

test('of requests that may be refused, those that are do not count', async () => {
  let requests = 0;
  const { perSecond } = await fireAt((_request, response) => {
    requests += 1;
    response.writeHead(requests % 2 === 0 ? 503 : 202).end();
  }, true);
  expect(perSecond).toBeLessThan(55);
  await expect(fireAt((_request, response) => response.writeHead(503).end(), true)).rejects.toThrow('each of 30');
});
