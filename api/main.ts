/** Starts an API process: reads the environment, connects, listens, and stops in order. */
import { openCheckpointStore } from '../shared/checkpoints/open-store.ts';
import { readEnvironment } from '../shared/env.ts';
import { createLogger, runMain, stopOnSignal, tellParent } from '../shared/process.ts';
import { connectForApi } from '../shared/redis.ts';
import { openKeyRing } from './access/key-ring.ts';
import { createApp } from './app.ts';
import { BOARD_PATH } from './board-page.ts';
import { createApiDeps } from './deps.ts';
import { listen } from './listen.ts';
import { createReconciler } from './reconciler.ts';
import { watchRedis } from './watch-redis.ts';

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
    logger,
    keys,
    limits: env.limits,
    proxies: env.trustProxy,
  });
  const reconciler = createReconciler(deps);

  const app = createApp(deps);
  const { url, note, close } = await listen(app, { host: env.host, port: env.port });
  reconciler.start();
  const board = `${url}${BOARD_PATH}`;
  logger.info({ url, board, note }, 'the API listens');
  stopOnSignal(logger, GRACE_MS, async () => {
    deps.events.close();
    await close();
    await reconciler.stop();
    await Promise.all(Object.values(deps.queues).map((queue) => queue.close()));
    redis.disconnect();
  });
  tellParent({ type: 'listening', url, board, ...(note === undefined ? {} : { note }) });
});
