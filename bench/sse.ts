/**
 * Event streams: 1,000 clients of one API process while a job ends 50 epochs. Prints whether each client got each epoch
 * once and in order, how long after XADD, and what a client costs in memory.
 *
 *   npm run build, then: node dist/bench/sse.js [clients]
 *
 * Starts a Redis, an API and the clients as processes of their own. Memory is the API's RSS, as it is and after a
 * garbage collection: before, when it has served one stream; then while all are connected, before the first event and after the last.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TrainyardClient } from '../api/client.ts';
import { openEventSource } from '../api/testing/event-source.ts';
import { createFakeWorker, endOfEpoch, epochRow, type TakenJob } from '../api/testing/fake-worker.ts';
import { startProcess, type TestProcess } from '../shared/testing/processes.ts';
import { startTestRedis } from '../shared/testing/redis.ts';

const EPOCHS = 50;
const EVERY_MS = 100;

interface Memory {
  type: 'memory';
  uncollected: number;
  rss: number;
  heapUsed: number;
  external: number;
}

interface Report {
  type: 'report';
  events: number;
  wrong: number;
  p50: number;
  p99: number;
  max: number;
}

const clients = Number(process.argv[2] ?? 1000);
const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
const redis = await startTestRedis();
const worker = createFakeWorker(redis.url);
const env = { PORT: '0', HOST: '127.0.0.1', REDIS_URL: redis.url, DATA_DIR: folder, LOG_LEVEL: 'warn' };
const api = startProcess({ script: 'bench/sse/api.js', env });
const { url } = await message<{ type: 'listening'; url: string }>(api, 'listening');

function message<Message extends { type: string }>(from: TestProcess, type: Message['type']): Promise<Message> {
  return from.message((sent): sent is Message => (sent as Message).type === type, 120_000);
}

async function memory(): Promise<Memory> {
  const answer = new Promise<Memory>((resolve) => {
    api.child.once('message', (sent) => resolve(sent as unknown as Memory));
  });
  api.child.send('memory');
  return answer;
}

async function begin(): Promise<TakenJob> {
  await new TrainyardClient({ baseUrl: url }).submit({ kind: 'train' });
  return worker.take();
}

async function emitEpochs({ attempt }: TakenJob, everyMs: number): Promise<void> {
  for (let epoch = 1; epoch <= EPOCHS; epoch += 1) {
    await attempt.epoch(epochRow(epoch, 1), ...endOfEpoch(epoch));
    await pause(everyMs);
  }
}

async function warmUp(): Promise<void> {
  const job = await begin();
  const source = await openEventSource(`${url}/v1/jobs/${job.id}/events`);
  await emitEpochs(job, 0);
  await source.event('the last epoch', ({ data }) => data.epoch === EPOCHS);
  source.close();
}

await warmUp();
const before = await memory();
const job = await begin();
const began = performance.now();
const args = [`${url}/v1/jobs/${job.id}/events`, String(clients), String(EPOCHS)];
const crowd = startProcess({ script: 'bench/sse/clients.js', args });
await message(crowd, 'connected');
const connectSeconds = (performance.now() - began) / 1000;
const idle = await memory();
await emitEpochs(job, EVERY_MS);
const { events, wrong, p50, p99, max } = await message<Report>(crowd, 'report');
const after = await memory();

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const perClient = (now: number, then: number) => `${((now - then) / clients / 1000).toFixed(1)} kB`;
console.log(
  `${clients} clients, connected in ${connectSeconds.toFixed(1)} s; ${EPOCHS} epochs, one each ${EVERY_MS} ms`,
);
console.log(`events: ${events} of ${clients * EPOCHS}, out of order or twice: ${wrong}`);
console.log(`XADD to arrival: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`);
for (const [when, at] of Object.entries({ before, connected: idle, after })) {
  const { uncollected, rss, heapUsed, external } = at;
  console.log(
    `${when.padEnd(9)} RSS ${mb(uncollected)} (collected ${mb(rss)}), heap ${mb(heapUsed)}, external ${mb(external)}; ` +
      `per client ${perClient(uncollected, before.uncollected)} (collected ${perClient(rss, before.rss)})`,
  );
}

for (const child of [crowd, api]) child.kill('SIGTERM');
await Promise.all([crowd.exited, api.exited]);
await worker.close();
await redis.stop();
rmSync(folder, { recursive: true, force: true });
