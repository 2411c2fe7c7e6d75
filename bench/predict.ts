/**
 * How long an answer of POST /v1/predict takes: p50 and p95 of 1,000 requests one after the other, to an API process
 * of its own, with a checkpoint that a real worker trained. `node dist/bench/predict.js`
 */

import { encode } from 'fast-png';
import { readImages } from '../shared/data/idx-files.ts';
import { plainSgd } from '../shared/jobs.ts';
import { startProcess } from '../shared/testing/processes.ts';
import { startYard } from '../worker/testing/yard.ts';
import { quantile } from './quantiles.ts';

const REQUESTS = 1000;
const PAD_SIDE = 280;

const yard = await startYard();
const worker = await yard.worker('bench');
const optimizer = plainSgd(0.05);
const jobId = await yard.submit({ trainSize: 10_000, validationSize: 1000, epochs: 1, optimizer });
await yard.ended(jobId);
worker.kill('SIGTERM');
await worker.exited;

const api = startProcess({
  script: 'api/main.js',
  env: { REDIS_URL: yard.server.url, DATA_DIR: yard.folder, PORT: '0', LOG_LEVEL: 'warn' },
});
const isListening = (message: unknown): message is { url: string } =>
  (message as { type?: string }).type === 'listening';
const { url } = await api.message(isListening);
const images = await readImages('mnist', 'test', { dataDir: yard.folder });

await measure('784 numbers', (digit) => [...digit]);
await measure('PNG of 28×28', (digit) => pngOf(28, digit));
await measure(`PNG of ${PAD_SIDE}×${PAD_SIDE}`, (digit) => pngOf(PAD_SIDE, enlarged(digit)));
api.kill('SIGTERM');
await api.exited;
await yard.close();

async function measure(what: string, imageOf: (digit: Uint8Array) => unknown): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const image = imageOf(images.subarray(i * 784, (i + 1) * 784));
    const body = JSON.stringify({ checkpoint: { jobId }, image });
    const start = performance.now();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/v1/predict`, { method: 'POST', headers, body });
    const answer = await response.text();
    times.push(performance.now() - start);
    if (!response.ok) throw new Error(answer);
  }
  const [p50, p95] = [quantile(times, 0.5).toFixed(1), quantile(times, 0.95).toFixed(1)];
  console.log(`${what.padEnd(16)} ${REQUESTS} requests: p50 ${p50} ms, p95 ${p95} ms`);
}

function pngOf(side: number, data: Uint8Array): string {
  const png = encode({ width: side, height: side, channels: 1, data });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** As a drawing pad sends it: each pixel ten times as wide and high. */
function enlarged(digit: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: PAD_SIDE ** 2 }, (_, i) => {
    const [x, y] = [Math.floor((i % PAD_SIDE) / 10), Math.floor(i / PAD_SIDE / 10)];
    return digit[y * 28 + x] ?? 0;
  });
}
