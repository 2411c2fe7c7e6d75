/** A worker as a process of its own: from the environment to a running worker that stops in order. */
import { openCheckpointStore } from '../shared/checkpoints/open-store.ts';
import { mayUseGpu } from '../shared/engines.ts';
import { readEnvironment } from '../shared/env.ts';
import { measureStore } from '../shared/metrics/measured-store.ts';
import { createRegistry } from '../shared/metrics/registry.ts';
import { type MetricsServer, startMetricsServer } from '../shared/metrics/server.ts';
import { packageFile } from '../shared/package-root.ts';
import { createLogger, stopOnSignal, tellParent } from '../shared/process.ts';
import { connectForWorker } from '../shared/redis.ts';
import { enginesFor } from './engines/available.ts';
import { trainerEnvironment } from './trainer/environment.ts';
import { coresHere } from './trainer/threads.ts';
import { startWorker } from './worker.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

/** Jobs of a trainer that has opened TensorFlow, unless TRAINER_MAX_JOBS says otherwise. */
const TENSORFLOW_MAX_JOBS = 100;
/** Milliseconds for a trainer to get ready, and with TensorFlow: CUDA may compile all kernels for a GPU that is newer than they are. */
const READY_MS = 60_000;
const TENSORFLOW_READY_MS = 600_000;
/** Milliseconds without a step after which a trainer counts as hung. */
const HANG_MS = 60_000;
/** Milliseconds within which a trainer must save and stop, and within which the process must be gone. */
const TRAINER_GRACE_MS = 5_000;
const STOP_GRACE_MS = 9_000;

export interface TrainerChoice {
  /** Path of the compiled trainer in the repository. */
  entry?: string;
  /** Variables beside those that every trainer has. */
  more?: Record<string, string | undefined>;
  hangMs?: number;
}

export async function runWorkerProcess(
  environment: Record<string, string | undefined>,
  { entry = 'dist/worker/trainer/main.js', more = {}, hangMs = HANG_MS }: TrainerChoice = {},
): Promise<void> {
  const env = readEnvironment(environment);
  const logger = createLogger('worker', env.logLevel);
  const registry = createRegistry('worker');
  const checkpoints = measureStore(openCheckpointStore(env.checkpointStore), registry);
  await checkpoints.check();

  const engines = enginesFor(env);
  const cores = coresHere();
  const trainerVariables = trainerEnvironment(environment, env, cores);
  logger.info(
    {
      cores,
      simdThreadsAtMost: Number(trainerVariables.TRAINER_THREADS),
      ...(engines.includes('tensorflow') && {
        tensorflowThreads: Number(trainerVariables.TF_NUM_INTRAOP_THREADS),
        visibleGpu: trainerVariables.CUDA_VISIBLE_DEVICES,
        xlaFlags: trainerVariables.TF_XLA_FLAGS || null,
        mixedPrecision: trainerVariables.TF_MIXED_PRECISION || null,
      }),
    },
    'how each trainer computes',
  );
  const worker = startWorker({
    metrics: createWorkerMetrics(registry),
    name: env.workerName,
    connect: () => connectForWorker(env.redisUrl),
    checkpoints,
    engines,
    slots: env.workerSlots,
    queues: env.workerQueues,
    requireGpu: env.requireGpu,
    jobLockMs: env.jobLockMs,
    stalledCheckMs: env.stalledCheckMs,
    trainerMaxJobs: (opened) => env.trainerMaxJobs ?? ([...opened].some(mayUseGpu) ? TENSORFLOW_MAX_JOBS : 0),
    trainer: {
      entry: packageFile(entry),
      env: { ...trainerVariables, ...more },
      hangMs,
      readyMs: (engine) => env.trainerReadyMs ?? (mayUseGpu(engine) ? TENSORFLOW_READY_MS : READY_MS),
      graceMs: TRAINER_GRACE_MS,
    },
    logger,
  });
  stopOnSignal(logger, STOP_GRACE_MS, worker.stop);
  const watched = await serveMetrics();
  await worker.ready;
  tellParent({ type: 'ready', name: env.workerName, ...(watched ? { metrics: watched.url } : {}) });

  /** It answers to the last: a probe sees the worker stop. */
  async function serveMetrics(): Promise<MetricsServer | null> {
    const { metricsHost: host = '127.0.0.1', metricsPort: port } = env;
    if (port === undefined) return null;
    const { readiness } = worker;
    const server = await startMetricsServer({ host, port, metrics: () => registry.metrics(), readiness });
    logger.info({ url: server.url }, 'the metrics are served');
    return server;
  }
}
