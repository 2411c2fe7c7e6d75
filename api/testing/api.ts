/** The API on a free port of this process, with a folder of its own, for tests; and with a Redis of its own too. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpointStore } from '../../shared/checkpoints/open-store.ts';
import { createLogger } from '../../shared/process.ts';
import { connectForApi } from '../../shared/redis.ts';
import { allQueues } from '../../shared/slots-per-worker.ts';
import { until } from '../../shared/testing/processes.ts';
import { startTestRedis } from '../../shared/testing/redis.ts';
import type { KeyRing } from '../access/key-ring.ts';
import type { LimitSizes } from '../access/limits.ts';
import type { StreamSizes } from '../access/open-streams.ts';
import { createApp } from '../app.ts';
import { TrainyardClient } from '../client.ts';
import { createApiDeps } from '../deps.ts';
import { listen } from '../listen.ts';

export interface TestAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came, and parses it with a schema where that matters
  body: any;
}

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

interface TestApiOptions {
  /** Unless given, there are none. */
  keys?: KeyRing;
  limits?: Partial<LimitSizes>;
  streams?: Partial<StreamSizes>;
  proxies?: number;
  /** Unless given, a folder. */
  checkpointStore?: string;
  slotsPerWorker?: number;
  gpuTraining?: boolean;
  /** As in production, a command of Redis may take half a second; else so long that a busy machine refuses nothing. */
  impatient?: boolean;
}

const PATIENT_COMMAND_MS = 10_000;

export async function startTestApi(redisUrl: string, options: TestApiOptions = {}) {
  const { keys, limits, streams, proxies = 0, slotsPerWorker = 2, gpuTraining = false, checkpointStore } = options;
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-api-'));
  const redis = connectForApi(redisUrl, options.impatient ? undefined : PATIENT_COMMAND_MS).on('error', () => {});
  const checkpoints = openCheckpointStore(checkpointStore ?? `file:${folder}`);
  const logger = createLogger('test-api', 'silent');
  const deps = createApiDeps({
    redis,
    checkpoints,
    dataDir: folder,
    slotsPerWorker: allQueues(slotsPerWorker),
    gpuTraining,
    logger,
    keys: keys ?? null,
    limits: { reads: 10_000, writes: 10_000, jobs: 100_000, wrongKeys: 10_000, ...limits },
    streams: { all: 2000, ofKey: 1000, ...streams },
    proxies,
  });
  const { url, close } = await listen(createApp(deps), { host: '127.0.0.1', port: 0 });

  async function request(path: string, init: RequestInit = {}): Promise<TestAnswer> {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    ...deps,
    url,
    client: new TrainyardClient({ baseUrl: url }),
    folder,
    request,
    get: (path: string, headers: Record<string, string> = {}) => request(path, { headers }),
    post: (path: string, body?: unknown) => request(path, { method: 'POST', ...json(body) }),
    put: (path: string, body?: unknown) => request(path, { method: 'PUT', ...json(body) }),
    patch: (path: string, body?: unknown) => request(path, { method: 'PATCH', ...json(body) }),
    delete: (path: string) => request(path, { method: 'DELETE' }),
    /** A string is sent as it is. */
    submit: (body: unknown = { kind: 'train' }) => request('/v1/jobs', { method: 'POST', ...json(body) }),
    async close(): Promise<void> {
      deps.events.close();
      await close();
      await Promise.all(Object.values(deps.queues).map((queue) => queue.close().catch(() => {})));
      redis.disconnect();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type TestApiWithRedis = Awaited<ReturnType<typeof startTestApiWithRedis>>;

/** Ready for requests; the Redis server goes with it. */
export async function startTestApiWithRedis(options: TestApiOptions = {}) {
  const server = await startTestRedis();
  const api = await startTestApi(server.url, options);
  await until(() => api.redis.status === 'ready', { what: 'the connection is there' });
  return {
    ...api,
    server,
    async close(): Promise<void> {
      await api.close();
      await server.stop();
    },
  };
}

function json(body: unknown): RequestInit {
  if (body === undefined) return {};
  return {
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}
