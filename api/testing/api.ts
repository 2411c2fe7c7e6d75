/** The API on a free port of this process, with a Redis and a folder of its own, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpointStore } from '../../shared/checkpoints/open-store.ts';
import { createJobControl } from '../../shared/job-control.ts';
import { createJobStore } from '../../shared/job-store.ts';
import { createLogger } from '../../shared/process.ts';
import { createQueues } from '../../shared/queues.ts';
import { connectForApi } from '../../shared/redis.ts';
import { createApp } from '../app.ts';
import { createClassifiers } from '../classifiers.ts';
import { createDatasetImages } from '../dataset-images.ts';
import { createEventHub } from '../event-hub.ts';
import { listen } from '../listen.ts';
import { createPngReader } from '../png/reader.ts';

export interface TestAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came, and parses it with a schema where that matters
  body: any;
}

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

export async function startTestApi(redisUrl: string) {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-api-'));
  const redis = connectForApi(redisUrl).on('error', () => {});
  const queues = createQueues(redis);
  const store = createJobStore(redis);
  const checkpoints = openCheckpointStore(`file:${folder}`);
  const control = createJobControl({ redis, store, queues, checkpoints });
  const logger = createLogger('test-api', 'silent');
  const events = createEventHub({ redis, logger });
  const deps = {
    redis,
    queues,
    store,
    control,
    checkpoints,
    events,
    logger,
    classifiers: createClassifiers(checkpoints),
    pngs: createPngReader(),
    datasetImages: createDatasetImages({ dataDir: folder }),
  };
  const { url, close } = await listen(createApp(deps), { host: '127.0.0.1', port: 0 });
  for (const queue of Object.values(queues)) queue.on('error', () => {});

  async function request(path: string, init: RequestInit = {}): Promise<TestAnswer> {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    ...deps,
    url,
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
      events.close();
      await close();
      await Promise.all(Object.values(queues).map((queue) => queue.close().catch(() => {})));
      redis.disconnect();
      rmSync(folder, { recursive: true, force: true });
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
