/** A worker's trainers: its slots for trainings, one more for evaluations, and what they compute on. */
import type { Device } from '../shared/device.ts';
import { mayUseGpu, type QueueName, queuesOf } from '../shared/engines.ts';
import type { EngineName } from '../shared/jobs.ts';
import type { Logger } from '../shared/process.ts';
import { createTrainerPool, type TrainerPool, type TrainerPoolOptions } from './trainer/pool.ts';
import type { Warmth } from './trainer/protocol.ts';
import type { TrainerOptions } from './trainer/trainer.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface TrainerPoolsOptions {
  /** Those that this machine has. The first that takes jobs from its queues is kept warm. */
  engines: readonly [EngineName, ...EngineName[]];
  slots: number;
  /** Jobs after which a trainer of trainings that has opened these engines makes room for a fresh one; 0: never. */
  trainerMaxJobs: TrainerPoolOptions['maxJobs'];
  trainer: Omit<TrainerOptions, 'onDevice' | 'onNotice'>;
  metrics: WorkerMetrics;
  logger: Logger;
}

/** @param onFit told how many jobs of these queues can be done at once, or why their trainers cannot have the engine that they keep warm */
export function createTrainerPools(
  { engines, slots, trainerMaxJobs, trainer, metrics, logger }: TrainerPoolsOptions,
  queues: readonly QueueName[],
  onFit: (queues: readonly QueueName[], fit: number | Error) => void,
) {
  /** As the latest has told; of an engine that may use a GPU rather than of another. */
  let told: { device: Device; mayUseGpu: boolean } | null = null;
  const common = {
    ...trainer,
    onReplace: metrics.trainerReplaced,
    onDevice(device: Device, engine: EngineName) {
      if (told?.mayUseGpu && !mayUseGpu(engine)) return;
      told = { device, mayUseGpu: mayUseGpu(engine) };
      metrics.computesOn(device);
    },
    onNotice: (notice: string) => logger.warn(notice),
    logger,
  };
  const trainQueues = queues.filter((queue) => queue !== 'eval');
  const trainers = createTrainerPool({
    ...common,
    slots,
    maxJobs: trainerMaxJobs,
    warmth: warmthFor(trainQueues),
    onFit: (fit) => onFit(trainQueues, fit),
  });
  // One more, so that an evaluation never waits behind a training; started after the others.
  const evaluatorSlots = queues.includes('eval') ? 1 : 0;
  const evaluators = createTrainerPool({
    ...common,
    slots: evaluatorSlots,
    // TensorFlow, which never gives memory back, computes no evaluation.
    maxJobs: () => 0,
    warmth: warmthFor(['eval']),
    after: trainers.tried,
    onFit: (fit) => onFit(['eval'], fit),
  });

  const of = (queue: QueueName): TrainerPool => (queue === 'eval' ? evaluators : trainers);

  function warmthFor(served: readonly QueueName[]): Warmth {
    const takes = (engine: EngineName) => queuesOf(engine).some((queue) => served.includes(queue));
    return { engine: engines.find(takes) ?? engines[0], dataset: 'mnist', resize: 'bilinear' };
  }

  return {
    trainers,
    of,
    /** Those that take jobs. */
    used: [...new Set(queues.map(of))],
    /** Where all its trainers get ready. */
    slotsOf: (queue: QueueName): number => (queue === 'eval' ? evaluatorSlots : slots),
    /** null until one has told. */
    device: (): Device | null => told?.device ?? null,
    pids: (): number[] => [...trainers.pids(), ...evaluators.pids()],
    close: async (): Promise<void> => void (await Promise.all([trainers.close(), evaluators.close()])),
  };
}
