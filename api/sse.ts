/** Server-Sent Events on the wire (WHATWG HTML, section 9.2). */
import type { ServerResponse } from 'node:http';

export const EVENT_STREAM = 'text/event-stream';

/** Milliseconds after which a client that lost its stream comes back. */
const RETRY_MS = 1000;

/** A comment: keeps proxies from closing a stream on which nothing happens. */
export const HEARTBEAT = Buffer.from(': \n\n');

/** @param json on one line */
export function frame(id: string | null, type: string, json: string): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${json}\n\n`;
}

/** Without chunks, so that one buffer serves all clients: the end of the connection is the end of the stream. */
export function openStream(response: ServerResponse): void {
  response.removeHeader('transfer-encoding');
  response.writeHead(200, {
    'content-type': EVENT_STREAM,
    connection: 'close',
    'cache-control': 'no-store',
    // nginx would hold events back until its buffer is full
    'x-accel-buffering': 'no',
  });
}

/** @param last the id to come back with, if the connection breaks before there was an event */
export function writePreamble(response: ServerResponse, last: string): void {
  response.write(`retry: ${RETRY_MS}\nid: ${last}\n\n`);
}
