/** An HTTP proxy in front of a server of a test, in which requests meet what networks and servers do to them. */
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pickPort } from '../../scripts/setup/ports.mjs';
import { until } from './processes.ts';

/**
 * `cut`: the connection breaks once the request has begun to arrive. `full`: refused, as by a server whose disk is full.
 * `spoil`: the last byte of the answer is another.
 */
export type Fault = 'cut' | 'full' | 'spoil' | null;

export interface FaultyProxy {
  readonly url: string;
  /** Asked at each request. */
  fault: (request: { method: string; path: string }) => Fault;
  /** Requests so far. */
  readonly requests: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  /** Nothing listens there any more, and open connections break. */
  goDown(): Promise<void>;
  /** On the same port again. */
  comeBack(): Promise<void>;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const port = await pickPort();
  let server = createServer(handle);

  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}`,
    fault: () => null,
    requests: [],
    async goDown() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async comeBack() {
      // Others who look for a free port have this one for a moment.
      server = await until(listen, { what: `port ${port} is free`, timeoutMs: 10_000 });
    },
  };

  async function listen(): Promise<Server> {
    const listening = createServer(handle).listen(port, '127.0.0.1');
    await once(listening, 'listening');
    return listening;
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: path = '', headers } = request;
    proxy.requests.push({ method, path, headers });
    const fault = proxy.fault({ method, path });
    if (fault === 'cut') {
      request.once('data', () => request.socket.destroy()).once('end', () => request.socket.destroy());
      return;
    }
    if (fault === 'full') {
      request.resume().once('end', () => {
        response.writeHead(507, { 'content-type': 'application/xml' });
        response.end('<Error><Code>InsufficientStorage</Code><Message>The disk is full</Message></Error>');
      });
      return;
    }
    const onward = httpRequest(new URL(path, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fault === null) answer.pipe(response);
      else answer.on('data', (bytes: Buffer) => response.write(spoilt(bytes))).on('end', () => response.end());
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  }

  await proxy.comeBack();
  return proxy;
}

function spoilt(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)));
}
