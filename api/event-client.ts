/** One client of an event stream: where it is in it, and how it is written to without holding up anyone. */
import type { ServerResponse } from 'node:http';
import { requestIdOf } from './observe-requests.ts';

/** Bytes that may wait for a slow client. Beyond it is dropped, and comes back for the rest with its Last-Event-ID. */
const BACKLOG_LIMIT = 1_000_000;

export class EventClient {
  /** Id of the last event that was sent. */
  last: string;
  /** It is being sent what it missed: nothing else goes out meanwhile. */
  catchingUp = false;
  /** Something came since what it missed was read. */
  behind = false;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, last: string) {
    this.#response = response;
    this.last = last;
  }

  get requestId(): string {
    return requestIdOf(this.#response);
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  send(frames: Buffer): void {
    if (!this.isOpen) return;
    this.#response.write(frames);
    if (this.#response.writableLength > BACKLOG_LIMIT) this.#response.destroy();
  }

  /** For much at once: resolves when there is room for more, or the client is gone. */
  async sendMuch(frames: string): Promise<void> {
    if (this.isOpen && !this.#response.write(frames)) await roomIn(this.#response);
  }

  end(lastFrame: string): void {
    if (this.isOpen) this.#response.end(lastFrame);
  }

  /** For the stop of the process: a client that takes nothing must not hold it up. */
  endAtOnce(): void {
    if (this.#response.writableLength > 0) this.drop();
    else this.#response.end();
  }

  drop(): void {
    this.#response.destroy();
  }
}

function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
