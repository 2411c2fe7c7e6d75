/** Opens the port, and answers in our form even what is too broken for Express. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import { HttpError, messageOf } from '../shared/errors.ts';
import { DEFAULT_PORT } from '../shared/settings.ts';
import { problemOf } from './problem.ts';

/** Ports tried, from 3000 on, when none was asked for. */
const PORTS_TRIED = 100;

export interface Listening {
  url: string;
  /** For the person at the terminal: why it is not the port that one expects. */
  note: string | undefined;
  /** Takes no new requests, and resolves when the open ones are answered. */
  close(): Promise<void>;
}

/** @param port undefined: 3000, or the next free one; 0: any free one */
export async function listen(
  handler: RequestListener,
  { host, port }: { host: string; port: number | undefined },
): Promise<Listening> {
  const server = createServer(handler);
  server.on('clientError', answerBrokenRequest);
  server.on('request', (_request, response) => {
    // A client that keeps its connection after the last answer would hold up the stop for seconds.
    response.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
  const taken = await openPort(server, host, port);
  const note =
    port === undefined && taken !== DEFAULT_PORT
      ? `Port ${DEFAULT_PORT} is taken: the API listens on ${taken} instead (set PORT to choose).`
      : undefined;
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${taken}`,
    note,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeIdleConnections();
      }),
  };
}

async function openPort(server: Server, host: string, port: number | undefined): Promise<number> {
  for (let attempt = port ?? DEFAULT_PORT; ; attempt += 1) {
    try {
      return await tryPort(server, host, attempt);
    } catch (error) {
      const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (port === undefined && inUse && attempt < DEFAULT_PORT + PORTS_TRIED) continue;
      const why = inUse ? 'something else listens there already' : messageOf(error);
      const advice =
        port === undefined ? 'Set PORT.' : 'Choose another PORT, or set none: then the next free one is taken.';
      throw new Error(`The API cannot listen on ${host}, port ${attempt}: ${why}. ${advice}`, { cause: error });
    }
  }
}

function tryPort(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** What Node's parser refuses: headers or an address that are too long, lines that are not HTTP, a request that never ends. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, detail] = BROKEN[error.code ?? ''] ?? ([400, 'this is not an HTTP request'] as const);
  const body = JSON.stringify(problemOf(new HttpError(status, 'malformed-request', detail)));
  const head = [
    `HTTP/1.1 ${status} ${status === 400 ? 'Bad Request' : 'Refused'}`,
    'connection: close',
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const BROKEN: Record<string, readonly [number, string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the address and the headers of the request are longer than 16 kB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request was not sent in time'],
};
