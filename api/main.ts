/** Starts an API process: reads the environment, connects, listens, and stops in order. */
import { openCheckpointStore } from '../shared/checkpoints/open-store.ts';
import { readEnvironment } from '../shared/env.ts';
import { createJobControl } from '../shared/job-control.ts';
import { createJobStore } from '../shared/job-store.ts';
import { createLogger, runMain, stopOnSignal, tellParent } from '../shared/process.ts';
import { createQueues } from '../shared/queues.ts';
import { connectForApi } from '../shared/redis.ts';
import { createApp } from './app.ts';
import { BOARD_PATH } from './board-page.ts';
import { createClassifiers } from './classifiers.ts';
import { createDatasetImages } from './dataset-images.ts';
import { createEventHub } from './event-hub.ts';
import { listen } from './listen.ts';
import { createPngReader } from './png/reader.ts';
import { createReconciler } from './reconciler.ts';
import { watchRedis } from './watch-redis.ts';

/** For requests that are open when the stop is asked for; a download may be one. */
const GRACE_MS = 8000;

runMain(async () => {
  const env = readEnvironment(process.env);
  const logger = createLogger('api', env.logLevel);
  const checkpoints = openCheckpointStore(env.checkpointStore);
  const redis = connectForApi(env.redisUrl);
  watchRedis(redis, logger);
  const queues = createQueues(redis);
  for (const queue of Object.values(queues)) queue.on('error', (error) => logger.debug({ error: error.message }));
  const store = createJobStore(redis);
  const control = createJobControl({ redis, store, queues, checkpoints });
  const events = createEventHub({ redis, logger });
  const reconciler = createReconciler({ redis, store, control, queues, logger });

  const app = createApp({
    redis,
    queues,
    store,
    control,
    checkpoints,
    events,
    logger,
    classifiers: createClassifiers(checkpoints),
    pngs: createPngReader(),
    datasetImages: createDatasetImages({ dataDir: env.dataDir }),
  });
  const { url, note, close } = await listen(app, { host: env.host, port: env.port });
  reconciler.start();
  const board = `${url}${BOARD_PATH}`;
  logger.info({ url, board, note }, 'the API listens');
  stopOnSignal(logger, GRACE_MS, async () => {
    events.close();
    await close();
    await reconciler.stop();
    await Promise.all(Object.values(queues).map((queue) => queue.close()));
    redis.disconnect();
  });
  tellParent({ type: 'listening', url, board, ...(note === undefined ? {} : { note }) });
});
