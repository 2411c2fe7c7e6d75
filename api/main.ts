/** Starts an API process: reads the environment, connects, listens, and stops in order. */
import { once } from 'node:events';
import { openCheckpointStore } from '../shared/checkpoints/open-store.ts';
import { type Environment, readEnvironment } from '../shared/env.ts';
import { type MetricsServer, startMetricsServer } from '../shared/metrics/server.ts';
import { createLogger, runMain, stopOnSignal, tellParent } from '../shared/process.ts';
import { connectForApi } from '../shared/redis.ts';
import { openKeyRing } from './access/key-ring.ts';
import { createApp } from './app.ts';
import { BOARD_PATH } from './board-page.ts';
import { createApiDeps } from './deps.ts';
import { listen } from './listen.ts';
import { createReconciler } from './reconciler.ts';
import type { ApiDeps } from './route.ts';
import { watchRedis } from './watch-redis.ts';
import { createYardMetrics } from './yard-metrics.ts';

/** For requests that are open when the stop is asked for; a download may be one. */
const GRACE_MS = 8000;

runMain(async () => {
  const env = readEnvironment(process.env);
  const logger = createLogger('api', env.logLevel);
  const keys = env.apiKeysFile === null ? null : openKeyRing(env.apiKeysFile, logger);
  const checkpoints = openCheckpointStore(env.checkpointStore);
  const redis = connectForApi(env.redisUrl);
  watchRedis(redis, logger);
  const deps = createApiDeps({
    redis,
    checkpoints,
    dataDir: env.dataDir,
    slotsPerWorker: env.slotsPerWorker,
    gpuTraining: env.gpuTraining,
    logger,
    keys,
    limits: env.limits,
    streams: env.streams,
    proxies: env.trustProxy,
  });
  const reconciler = createReconciler(deps);

  // Who comes first after a restart is served; while Redis is away, the API says so itself.
  await once(redis, 'ready').catch(() => {});
  const app = createApp(deps);
  const { url, note, close } = await listen(app, { host: env.host, port: env.port });
  reconciler.start();
  const watched = await serveMetrics(env, deps);
  const board = `${url}${BOARD_PATH}`;
  logger.info({ url, board, note }, 'the API listens');
  stopOnSignal(logger, GRACE_MS, async () => {
    deps.events.close();
    await close();
    watched?.close();
    await reconciler.stop();
    await Promise.all(Object.values(deps.queues).map((queue) => queue.close()));
    redis.disconnect();
  });
  tellParent({
    type: 'listening',
    url,
    board,
    ...(watched ? { metrics: watched.url } : {}),
    ...(note === undefined ? {} : { note }),
  });
});

async function serveMetrics(env: Environment, deps: ApiDeps): Promise<MetricsServer | null> {
  const { metricsHost: host = env.host, metricsPort: port } = env;
  if (port === undefined) return null;
  const { registry, logger } = deps;
  const refresh = createYardMetrics(registry, deps);
  const metrics = async () => {
    await refresh();
    return registry.metrics();
  };
  const server = await startMetricsServer({ host, port, metrics });
  logger.info({ url: server.url }, 'the metrics are served');
  return server;
}
