import { describe, expect, it } from 'vitest';
import { ProblemError, UnreachableError } from './client-errors.ts';
import { type Frame, followStream } from './client-events.ts';

const TIMING = { retryMs: 1, longestRetryMs: 2, silenceMs: 20 };

/** Answers with one body after the other, in these chunks. One of 'silent' alone says nothing and does not end. */
function source(...bodies: (readonly (string | Uint8Array)[] | Error | 'no answer')[]) {
  const asked: (string | null)[] = [];
  return {
    asked,
    async open(lastEventId: string | null, signal: AbortSignal): Promise<Response> {
      asked.push(lastEventId);
      const body = bodies[asked.length - 1] ?? ['silent'];
      if (body instanceof Error) throw body;
      if (body === 'no answer') return new Promise(() => {});
      const chunks = body.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
      const stream = new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(chunk);
          if (body[0] !== 'silent') controller.close();
          else signal.addEventListener('abort', () => controller.error(signal.reason));
        },
      });
      return new Response(stream);
    },
  };
}

async function take(count: number, stream: AsyncGenerator<Frame, void>): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of stream) if (frames.push(frame) === count) break;
  return frames;
}

const problem = (status: number) =>
  new ProblemError({ type: '', title: 'no', status, code: 'internal', detail: 'no reason' });

describe('a stream of events', () => {
  it('is read as its standard says, wherever its bytes are split', async () => {
    const text =
      'retry: 5\nid: 1-0\n\n: \n\nevent: log\rdata: {"ü":1}\r\ndata:two\u2028\n\nid:2-0\nother: x\ndata: y\n\n';
    const bytes = new TextEncoder().encode(text);
    const expected = [
      { id: '1-0', type: 'log', data: '{"ü":1}\ntwo\u2028' },
      { id: '2-0', type: 'message', data: 'y' },
    ];
    expect(await take(2, followStream(source([bytes]), TIMING))).toEqual(expected);
    expect(await take(2, followStream(source([...bytes].map((byte) => Uint8Array.of(byte))), TIMING))).toEqual(
      expected,
    );
  });

  it('goes on where it broke off: after an end, a failure, an error of the server, no answer and silence', async () => {
    const one = source(
      ['id: 1-0\ndata: a\n\nid: 2-0\ndata: never whole'],
      new UnreachableError('', new TypeError('fetch failed')),
      problem(503),
      'no answer',
      ['id: 1-1\n\n'],
      ['silent'],
      ['id: 2-0\ndata: b\n\n'],
    );
    expect((await take(2, followStream(one, TIMING))).map(({ data }) => data)).toEqual(['a', 'b']);
    expect(one.asked).toEqual([null, '1-0', '1-0', '1-0', '1-0', '1-1', '1-1']);
  });

  it('throws what its first connection fails with, and what the server refuses later', async () => {
    const never = source(new UnreachableError('', new TypeError('fetch failed')));
    await expect(take(1, followStream(never, TIMING))).rejects.toThrow(UnreachableError);
    const later = source(['id: 1-0\ndata: a\n\n'], problem(404));
    await expect(take(2, followStream(later, TIMING))).rejects.toMatchObject({ status: 404 });
  });

  it('ends by its signal, also between two connections', async () => {
    const stop = new AbortController();
    const stream = followStream(
      { ...source(['data: a\n\n']), signal: stop.signal },
      { ...TIMING, retryMs: 1e9, longestRetryMs: 1e9 },
    );
    await stream.next();
    const next = stream.next();
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });
});
