/** Reads PNGs of digits in a thread of their own, which starts with the first of them. */
import { Worker } from 'node:worker_threads';
import { UnreadablePng } from './grey-image.ts';
import type { PngReply } from './thread.ts';

export type PngReader = ReturnType<typeof createPngReader>;

interface Waiting {
  resolve(pixels: Uint8Array): void;
  reject(error: Error): void;
}

export function createPngReader() {
  let thread: Worker | null = null;
  let lastId = 0;
  const waiting = new Map<number, Waiting>();

  function start(): Worker {
    const started = new Worker(new URL('./thread.js', import.meta.url));
    // so that it does not keep a process alive that has nothing else to do
    started.unref();
    started.on('message', (reply: PngReply) => {
      const asked = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('fault' in reply) asked?.reject(new UnreadablePng(reply.fault));
      else asked?.resolve(reply.pixels);
    });
    started.on('error', (error) => {
      thread = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    return started;
  }

  return {
    /**
     * @returns the digit, 28 × 28 bytes
     * @throws UnreadablePng
     */
    readDigit: (bytes: Uint8Array): Promise<Uint8Array> =>
      new Promise((resolve, reject) => {
        thread ??= start();
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        thread.postMessage({ id: lastId, bytes });
      }),
  };
}
