/** What the API works with, put together: the same in its process and in tests. */
import type { Redis } from 'ioredis';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { createJobControl } from '../shared/job-control.ts';
import { createJobStore } from '../shared/job-store.ts';
import { measureStore } from '../shared/metrics/measured-store.ts';
import { createRegistry } from '../shared/metrics/registry.ts';
import type { Logger } from '../shared/process.ts';
import { createQueues } from '../shared/queues.ts';
import type { SlotsPerWorker } from '../shared/slots-per-worker.ts';
import { createAccess } from './access/access.ts';
import { createAudit } from './access/audit.ts';
import type { KeyRing } from './access/key-ring.ts';
import type { LimitSizes } from './access/limits.ts';
import type { StreamSizes } from './access/open-streams.ts';
import { tellRefusals } from './access/tell-refusals.ts';
import { createApiMetrics } from './api-metrics.ts';
import { createClassifiers } from './classifiers.ts';
import { createDatasetImages } from './dataset-images.ts';
import { createEventHub } from './event-hub.ts';
import { createFailureLog } from './failure-log.ts';
import { createJobViews } from './job-view.ts';
import { createPngReader } from './png/reader.ts';
import { createReadinessCheck } from './readiness.ts';
import type { ApiDeps } from './route.ts';

export interface DepsOptions {
  redis: Redis;
  checkpoints: CheckpointStore;
  dataDir: string;
  slotsPerWorker: SlotsPerWorker;
  gpuTraining: boolean;
  logger: Logger;
  /** null: there are no API keys. */
  keys: KeyRing | null;
  limits: LimitSizes;
  streams: StreamSizes;
  proxies: number;
}

export function createApiDeps({
  redis,
  dataDir,
  slotsPerWorker,
  gpuTraining,
  logger,
  keys,
  limits,
  streams,
  proxies,
  ...options
}: DepsOptions): ApiDeps {
  const registry = createRegistry('api');
  const checkpoints = measureStore(options.checkpoints, registry);
  const queues = createQueues(redis);
  for (const queue of Object.values(queues)) queue.on('error', (error) => logger.debug({ error: error.message }));
  const store = createJobStore(redis);
  const audit = createAudit({ redis, logger });
  const events = createEventHub({ redis, logger });
  return {
    redis,
    queues,
    store,
    views: createJobViews(redis),
    control: createJobControl({ redis, store, queues, checkpoints }),
    checkpoints,
    checkReadiness: createReadinessCheck(redis, checkpoints),
    events,
    registry,
    metrics: createApiMetrics(registry, { events }),
    classifiers: createClassifiers(checkpoints),
    pngs: createPngReader(),
    datasetImages: createDatasetImages({ dataDir }),
    slotsPerWorker,
    gpuTraining,
    logger,
    logFailure: createFailureLog(logger),
    access: tellRefusals(createAccess({ redis, keys, limits, streams }), audit),
    audit,
    proxies,
  };
}
