/** HTTP as no well-behaved client writes it: the bytes as given, over a socket. */
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/** @param request without the empty line that ends it; the server is asked to close the connection */
export function sendRaw(url: string, request: string, body: string | Uint8Array = ''): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return sendBytes(hostname, Number(port), [`${request}\r\nhost: ${hostname}\r\nconnection: close\r\n\r\n`, body]);
}

/** Whatever comes back until the server closes the connection. */
export function sendBytes(host: string, port: number, parts: (string | Uint8Array)[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, host, () => {
      for (const part of parts) socket.write(part);
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', (error) => (text === '' ? reject(error) : undefined));
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), head, body: rest.join('\r\n\r\n') });
    });
  });
}
