import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { Caller } from './caller.ts';
import { createOpenStreams } from './open-streams.ts';

const CALLER: Caller = { name: 'someone', role: 'viewer', by: 'key', keyHash: 'a hash', session: null };

async function streamOf(server: Server) {
  const request = get({ port: (server.address() as AddressInfo).port, agent: false }).on('error', () => {});
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  return { request, response };
}

it('a client that left before its stream began takes no place', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const streams = createOpenStreams({ all: 1, ofKey: 1 }, async () => true);
  const left = await streamOf(server);
  const closed = once(left.response, 'close');
  left.request.destroy();
  await closed;
  streams.add(CALLER, left.response);

  const stays = await streamOf(server);
  streams.add(CALLER, stays.response);
  const oneTooMany = await streamOf(server);
  expect(() => streams.add(CALLER, oneTooMany.response)).toThrow('the limit');
  for (const { request } of [stays, oneTooMany]) request.destroy();
  server.close();
});

it('a stream of a client that reads nothing ends, too, once its caller may no longer follow it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { request, response } = await streamOf(server);
  const streams = createOpenStreams({ all: 1, ofKey: 1 }, async () => true);
  streams.add(CALLER, response);
  response.flushHeaders();
  const [received] = (await once(request, 'response')) as [IncomingMessage];
  received.on('error', () => {});
  // More than the buffers of both sockets take.
  response.write(Buffer.alloc(64_000_000));

  const closed = once(response, 'close');
  streams.endOf(CALLER);
  await expect(closed).resolves.toEqual([]);
  received.destroy();
  server.close();
});
