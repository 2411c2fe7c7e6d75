import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { Caller } from './caller.ts';
import { createOpenStreams } from './open-streams.ts';

const CALLER: Caller = { name: 'someone', role: 'viewer', by: 'key', keyHash: 'a hash', session: null };

it('a stream of a client that reads nothing ends, too, once its caller may no longer follow it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port, agent: false });
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
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
