/** Passes connections on to a server and breaks them when it is told to, for tests of what comes back. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type BreakableProxy = Awaited<ReturnType<typeof startProxy>>;

export async function startProxy(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let closed = 0;
  let answered = '';
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          if (socket === near) closed += 1;
          near.destroy();
          far.destroy();
        });
    }
    far.on('data', (bytes) => {
      answered += bytes.toString('latin1');
    });
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** How many connections are closed. */
    closed: () => closed,
    /** All that the server has said. */
    answered: () => answered,
    breakAll,
    async close(): Promise<void> {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
