/** The API as the dashboard's modules see it in tests: what they ask waits for the test's answer, and it tells the events. */
import { vi } from 'vitest';

/** null: 204. A text is a page of a proxy's, an object with a status from 400 on a problem of the API's. */
type Body = object | string | null;

export interface Asked {
  method: string;
  path: string;
  answer(status: number, body: Body): Promise<void>;
}

class FakeStream extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readyState = FakeStream.OPEN;
  onopen: (() => void) | null = null;
  readonly path: string;

  constructor(path: string) {
    super();
    this.path = path;
    streams.push(this);
  }

  close(): void {
    this.readyState = FakeStream.CLOSED;
  }
}

/** Of the test that runs now. */
let streams: FakeStream[] = [];

export type FakeApi = ReturnType<typeof fakeApi>;

/** Takes the places of the browser's globals, and of the clock; import what asks after that. */
export function fakeApi() {
  vi.useFakeTimers();
  streams = [];
  /** All that was asked, in order; what was broken off too. */
  const asked: Asked[] = [];
  /** Of them, what waits for an answer. */
  const open = new Set<Asked>();

  function fetch(url: string, { method = 'GET', signal }: RequestInit = {}): Promise<Response> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const one: Asked = {
        method,
        path: url,
        async answer(status, body) {
          open.delete(one);
          resolve(responseOf(status, body));
          await vi.advanceTimersByTimeAsync(0);
        },
      };
      asked.push(one);
      open.add(one);
      signal?.addEventListener('abort', () => {
        open.delete(one);
        reject(signal.reason);
      });
    });
  }

  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false, cookie: '' }));
  vi.stubGlobal('EventSource', FakeStream);
  vi.stubGlobal('fetch', fetch);

  return {
    asked,
    open,
    /** Answers the first that waits of those for this path, whatever its query. @throws Error if there is no such request */
    async answer(path: string, body: Body, status = 200): Promise<void> {
      const one = [...open].find((request) => request.path.split('?', 1)[0] === path);
      if (!one) throw new Error(`nobody asks for ${path}, but for ${[...open].map((request) => request.path)}`);
      await one.answer(status, body);
    },
    /** Is told by the streams that are open. */
    tell(type: string, data: object = {}): void {
      const event = () => new MessageEvent(type, { data: JSON.stringify(data), lastEventId: '1-0' });
      for (const stream of streams.filter(({ readyState }) => readyState === FakeStream.OPEN))
        stream.dispatchEvent(event());
    },
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    /** At a test's end: those of other files share its process. */
    restore(): void {
      vi.unstubAllGlobals();
      vi.useRealTimers();
    },
  };
}

function responseOf(status: number, body: Body): Response {
  if (body === null) return new Response(null, { status: 204 });
  if (typeof body === 'string') return new Response(body, { status, headers: { 'content-type': 'text/html' } });
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
}

export const problem = (status: number, code: string) => ({ type: 'x', title: code, status, code, detail: code });
