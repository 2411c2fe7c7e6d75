/** Many clients of one event stream: connect all at once, then report what each got and how late. */
import { get, type IncomingMessage } from 'node:http';
import { quantile } from '../quantiles.ts';

const [url = '', ...counts] = process.argv.slice(2);
const [clients = 0, epochs = 0] = counts.map(Number);

/** Milliseconds from XADD (the clock in the event's id) to here, of each epoch of each client. */
const latencies: number[] = [];
let connected = 0;
let complete = 0;
let wrong = 0;

function receive(response: IncomingMessage): void {
  if (response.statusCode !== 200) throw new Error(`the answer is ${response.statusCode}`);
  connected += 1;
  if (connected === clients) process.send?.({ type: 'connected' });
  let rest = '';
  let next = 1;
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const now = Date.now();
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id, epoch] = /^id: (\d+)-\d+\nevent: epoch\n.*"epoch":(\d+)/.exec(block) ?? [];
      if (id === undefined) continue;
      latencies.push(now - Number(id));
      if (Number(epoch) !== next) wrong += 1;
      next += 1;
      if (Number(epoch) === epochs) complete += 1;
    }
    if (complete === clients) report();
  });
}

function report(): void {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(latencies, share));
  process.send?.({ type: 'report', events: latencies.length, wrong, p50, p99, max });
}

for (let i = 0; i < clients; i += 1) {
  get(url, { agent: false, headers: { accept: 'text/event-stream' } }, receive).on('error', (error) => {
    throw error;
  });
}
