/** A whole yard of real processes, for tests in a browser: a Redis, the API, and workers to start and kill. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobState } from '../../shared/jobs.ts';
import { startProcess, type TestProcess, until } from '../../shared/testing/processes.ts';
import { startTestRedis } from '../../shared/testing/redis.ts';
import { TrainyardClient } from '../client.ts';

export type TestYard = Awaited<ReturnType<typeof startTestYard>>;

type Message = { type: string; url?: string };

export async function startTestYard() {
  const server = await startTestRedis();
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-yard-'));
  const env = {
    REDIS_URL: server.url,
    DATA_DIR: folder,
    HOST: undefined,
    PORT: '0',
    METRICS_PORT: undefined,
    API_KEYS_FILE: undefined,
    CHECKPOINT_STORE: undefined,
    WORKER_SLOTS: undefined,
    LOG_LEVEL: undefined,
    JOB_LOCK_MS: '2000',
    STALLED_CHECK_MS: '1000',
  };
  const api = startProcess({ script: 'api/main.js', env });
  const running: TestProcess[] = [api];
  const isOf = (type: string) => (message: unknown) => (message as Message).type === type;
  const { url = '' } = (await api.message(isOf('listening'))) as Message;

  const client = new TrainyardClient({ baseUrl: url });
  const logs = () => running.map((one) => one.output().slice(-2000)).join('\n--\n');

  return {
    url,
    client,
    /** Starts a worker, for training jobs alone, with a trainer that heeds STEP_MS; resolves when it takes jobs. */
    async worker(name: string, more: Record<string, string> = {}): Promise<TestProcess> {
      const ofWorker = { WORKER_NAME: name, WORKER_QUEUES: 'train-cpu', ...more };
      const worker = startProcess({ script: 'worker/testing/gated-worker.js', env: { ...env, ...ofWorker } });
      running.push(worker);
      await worker.message(isOf('ready'));
      return worker;
    },
    reached: (id: string, state: JobState, timeoutMs = 60_000) =>
      until(async () => ((found) => found.state === state && found)(await client.get(id)), {
        what: `job ${id} is ${state}; the processes said:\n${logs()}`,
        timeoutMs,
      }),
    async close(): Promise<void> {
      for (const one of running) one.kill('SIGKILL');
      await Promise.all(running.map((one) => one.exited));
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
