/** What is measured, as it runs in production: a Redis, one process of the API with keys and limits, and workers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bearer, makeTestKeys } from '../../api/testing/keys.ts';
import { capture } from '../../scripts/setup/exec.mjs';
import { createJobStore } from '../../shared/job-store.ts';
import { connectForWorker } from '../../shared/redis.ts';
import { startProcess, type TestProcess } from '../../shared/testing/processes.ts';
import { scrape } from '../../shared/testing/prometheus.ts';
import { startTestRedis } from '../../shared/testing/redis.ts';

export type BenchYard = Awaited<ReturnType<typeof startBenchYard>>;

/** Requests and jobs of a minute: more than can be submitted in one. */
const LIMITS = { RATE_LIMIT_WRITES: '1000000', RATE_LIMIT_JOBS: '10000000' };

export async function startBenchYard() {
  const server = await startTestRedis();
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const keys = makeTestKeys();
  const redis = connectForWorker(server.url);
  const env = { REDIS_URL: server.url, DATA_DIR: folder, HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0' };
  const running: TestProcess[] = [];

  /** @returns what it says once it is there */
  async function start<Said>(script: string, more: Record<string, string>, word: string): Promise<Said> {
    const one = startProcess({ script, env: { ...env, ...more } });
    running.push(one);
    return (await one.message((said) => (said as { type?: string }).type === word)) as Said;
  }

  const api = await start<{ url: string; metrics: string }>(
    'api/main.js',
    { API_KEYS_FILE: keys.path, ...LIMITS },
    'listening',
  );

  return {
    server,
    redis,
    store: createJobStore(redis),
    jobsUrl: `${api.url}/v1/jobs`,
    headers: { 'content-type': 'application/json', ...bearer(keys.submitter) },
    /** Of the API's process. */
    pid: running[0]?.pid ?? 0,

    /** Seconds of CPU that the API has had so far. */
    cpuSeconds: async () => (await scrape(api.metrics)).value('process_cpu_seconds_total') ?? 0,

    /** @param answer to every request */
    async express(answer: object): Promise<{ url: string; cpuSeconds: () => Promise<number> }> {
      const { url } = await start<{ url: string }>(
        'bench/queue/express-alone.js',
        { ANSWER: JSON.stringify(answer) },
        'listening',
      );
      const cpuSeconds = async () => {
        const said = (await (await fetch(`${url}/cpu`)).json()) as { seconds: number };
        return said.seconds;
      };
      return { url, cpuSeconds };
    },

    worker: (name: string, more: Record<string, string> = {}) =>
      start('worker/main.js', { WORKER_NAME: name, ...more }, 'ready'),

    async stop(): Promise<void> {
      for (const one of running.toReversed()) {
        one.kill('SIGTERM');
        await one.exited;
      }
      redis.disconnect();
      await server.stop();
      keys.clear();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resident memory of a process, in bytes. */
export async function memoryOf(pid: number): Promise<number> {
  const { code, output } = await capture('ps', ['-o', 'rss=', '-p', String(pid)]);
  if (code !== 0) throw new Error(`ps does not tell of process ${pid}: ${output}`);
  return Number(output) * 1024;
}
