/** A client of an event stream that keeps all it gets, for tests. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

export interface ReceivedEvent {
  id: string;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came, and parses it with a schema where that matters
  data: any;
}

export type EventSource = Awaited<ReturnType<typeof openEventSource>>;

const DEADLINE_MS = 60_000;

/** Resolves with the head of the answer. @throws if it is not 200 */
export async function openEventSource(url: string, headers: Record<string, string> = {}) {
  const request = get(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    response.resume();
    throw new Error(`the answer is ${response.statusCode}`);
  }
  const events: ReceivedEvent[] = [];
  let text = '';
  let rest = '';
  let ended = false;
  let look = () => {};
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) events.push(event);
    }
    look();
  });
  response.on('error', () => {});
  response.on('close', () => {
    ended = true;
    look();
  });

  /** Resolves when the probe, asked after everything that comes, gives something. */
  function wait<Found>(what: string, probe: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        clearTimeout(timer);
        look = () => {};
        how();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`${what}: ${why}; came: ${JSON.stringify(events.slice(-5))}`)));
      const timer = setTimeout(() => fail(`not within ${DEADLINE_MS} ms`), DEADLINE_MS);
      look = () => {
        const found = probe();
        if (found !== undefined) settle(() => resolve(found));
        else if (ended) fail('the stream ended before');
      };
      look();
    });
  }

  return {
    headers: response.headers,
    events,
    ids: () => events.map(({ id }) => id),
    text: () => text,
    /** The first event that satisfies the predicate, come already or still to come. */
    event: (what: string, predicate: (event: ReceivedEvent) => boolean) => wait(what, () => events.find(predicate)),
    /** Resolves when it has the event of this id. */
    reached: (id: string) => wait(`event ${id}`, () => (events.at(-1)?.id === id ? true : undefined)),
    said: (part: string) => wait(part, () => (text.includes(part) ? true : undefined)),
    ended: () => wait('the end of the stream', () => (ended ? true : undefined)),
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => response.destroy(),
  };
}

function parseBlock(block: string): ReceivedEvent | null {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/, 2) as [string, string]));
  const data = fields.get('data');
  if (data === undefined) return null;
  return { id: fields.get('id') ?? '', type: fields.get('event') ?? '', data: JSON.parse(data) };
}
