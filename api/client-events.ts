/** Server-Sent Events over fetch (WHATWG HTML, section 9.2), taken up again where they broke off. */
import { ProblemError, UnexpectedAnswerError } from './client-errors.ts';

export interface Frame {
  /** Of the last event that had one. */
  id: string;
  type: string;
  data: string;
}

/** All in milliseconds. */
export interface Timing {
  /** Before the first attempt to come back, unless the server says otherwise; doubled with each vain one … */
  retryMs: number;
  /** … up to this. */
  longestRetryMs: number;
  /** A connection on which nothing comes for so long is dead: three heartbeats of the server. */
  silenceMs: number;
}

const TIMING: Timing = { retryMs: 1000, longestRetryMs: 30_000, silenceMs: 45_000 };

interface Source {
  /** @param lastEventId null: from where a stream begins by itself */
  open(lastEventId: string | null, signal: AbortSignal): Promise<Response>;
  lastEventId?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Each event once, in order. What fails before the first connection is there is thrown; later, only what the server
 * refuses is, and everything else is tried again until the signal aborts.
 */
export async function* followStream(source: Source, timing: Timing = TIMING): AsyncGenerator<Frame, void> {
  let last = source.lastEventId ?? null;
  let { retryMs } = timing;
  let wasOpen = false;
  for (let vain = 0; ; vain += 1) {
    const connection = new AbortController();
    const signal = source.signal ? AbortSignal.any([source.signal, connection.signal]) : connection.signal;
    try {
      const opening = source.open(last, signal);
      const { body } = await (wasOpen ? within(timing.silenceMs, opening) : opening);
      wasOpen = true;
      vain = 0;
      for await (const block of readBlocks(body, timing.silenceMs)) {
        last = block.id ?? last;
        retryMs = block.retry ?? retryMs;
        if (block.data !== undefined) yield { id: last ?? '', type: block.event ?? 'message', data: block.data };
      }
    } catch (error) {
      if (source.signal?.aborted) throw source.signal.reason;
      if (!wasOpen || isRefusal(error)) throw error;
    } finally {
      connection.abort();
    }
    const longest = Math.min(retryMs * 2 ** vain, timing.longestRetryMs);
    // at random within its second half, so that clients of a server that comes back do not come all at once
    await pause(longest * (0.5 + Math.random() / 2), source.signal);
  }
}

/** What another attempt would meet again. */
function isRefusal(error: unknown): boolean {
  const isAnswer = error instanceof ProblemError || error instanceof UnexpectedAnswerError;
  return isAnswer && error.status < 500 && error.status !== 429;
}

/** What stands between two empty lines. */
interface Block {
  id?: string;
  event?: string;
  data?: string;
  retry?: number;
}

async function* readBlocks(body: Response['body'], silenceMs: number): AsyncGenerator<Block> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let block: Block = {};
  for (;;) {
    const { done, value } = await within(silenceMs, reader.read());
    if (done) return;
    // the other half of a line's end may be still to come
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') block = withLine(block, line);
      else {
        yield block;
        block = {};
      }
    }
  }
}

function withLine(block: Block, line: string): Block {
  const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
  switch (field) {
    case 'id':
    case 'event':
      return { ...block, [field]: value };
    case 'data':
      return { ...block, data: block.data === undefined ? value : `${block.data}\n${value}` };
    case 'retry':
      return /^\d+$/.test(value) ? { ...block, retry: Number(value) } : block;
    default:
      return block;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
