/**
 * Metrics of the yard as a whole, read from Redis when they are asked for. Every replica of the API gives the same, so
 * they are aggregated by `max`, never by `sum`. Led by one replica they would be gone, or there twice, while it changes.
 */
import type { Redis } from 'ioredis';
import { Counter, type CounterConfiguration, Gauge, type Registry } from 'prom-client';
import { QUEUE_NAMES } from '../shared/engines.ts';
import type { JobStore } from '../shared/job-store.ts';
import type { Logger } from '../shared/process.ts';
import { queueStats } from '../shared/queues.ts';
import type { SlotsPerWorker } from '../shared/slots-per-worker.ts';
import { readTotals, TOTALS, type TotalName } from '../shared/totals.ts';
import { liveWorkers, servesQueue } from '../shared/workers.ts';
import { redisFullness } from './redis-settings.ts';

interface YardMetricsDeps {
  redis: Redis;
  store: JobStore;
  slotsPerWorker: SlotsPerWorker;
  logger: Logger;
}

const COUNTERS: Record<TotalName, { name: string; help: string; label: string | null }> = {
  submitted: { name: 'trainyard_jobs_submitted_total', help: 'Jobs submitted.', label: null },
  ended: { name: 'trainyard_jobs_ended_total', help: 'Jobs that ended, by how.', label: 'state' },
  attempt: {
    name: 'trainyard_attempts_ended_total',
    help: 'Attempts that ended, by how; given-back is no failure, worker-lost is a dead worker.',
    label: 'outcome',
  },
  retry: {
    name: 'trainyard_job_retries_total',
    help: 'Jobs that run again: after a failure, by themselves, or because a user asked for it.',
    label: 'reason',
  },
};

/** @returns what reads them anew */
export function createYardMetrics(
  registry: Registry,
  { redis, store, slotsPerWorker, logger }: YardMetricsDeps,
): () => Promise<void> {
  const registers = [registry];
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers });
  const isUp = gauge('trainyard_redis_up', 'Whether this process could read the metrics of the yard from Redis.');
  const gauges = {
    fullness: gauge(
      'trainyard_redis_memory_ratio',
      'Used memory of Redis to its maxmemory; not there without a limit.',
    ),
    jobs: gauge('trainyard_jobs', 'Jobs in each state.', 'state'),
    queued: gauge('trainyard_queue_jobs', 'Jobs of each queue that have not ended, by state.', 'queue', 'state'),
    oldest: gauge(
      'trainyard_queue_oldest_waiting_seconds',
      'Since when the oldest waiting job waits; 0: none.',
      'queue',
    ),
    desired: gauge('trainyard_queue_desired_workers', 'Workers that would run every job of a queue at once.', 'queue'),
    workers: gauge('trainyard_queue_workers', 'Living workers that take jobs from a queue.', 'queue'),
  };
  const counters = Object.entries(COUNTERS).map(([total, { label, ...rest }]) => {
    const options: CounterConfiguration<string> = { ...rest, labelNames: label === null ? [] : [label], registers };
    return { total: total as TotalName, label, counter: new Counter(options) };
  });

  function forget(): void {
    for (const metric of [...Object.values(gauges), ...counters.map(({ counter }) => counter)]) {
      metric.reset();
      // Without labels a reset is a 0, which would look like a number of now, and after which a counter counted anew.
      metric.remove({});
    }
  }

  async function read(): Promise<void> {
    const [states, queues, workers, totals, fullness] = await Promise.all([
      store.countByState(),
      queueStats(redis, slotsPerWorker),
      liveWorkers(redis),
      readTotals(redis),
      redisFullness(redis),
    ]);
    forget();
    if (fullness !== null) gauges.fullness.set(fullness);
    for (const [state, count] of Object.entries(states)) gauges.jobs.set({ state }, count);
    for (const { name: queue, oldestWaitingSeconds, desiredWorkers, ...counts } of queues) {
      for (const state of ['waiting', 'active', 'delayed'] as const) gauges.queued.set({ queue, state }, counts[state]);
      gauges.oldest.set({ queue }, oldestWaitingSeconds ?? 0);
      gauges.desired.set({ queue }, desiredWorkers);
    }
    for (const queue of QUEUE_NAMES) {
      gauges.workers.set({ queue }, workers.filter((worker) => servesQueue([worker], queue)).length);
    }
    for (const { total, label, counter } of counters) {
      for (const value of TOTALS[total]) counter.inc(label === null ? {} : { [label]: value }, totals[total][value]);
    }
  }

  return async function refresh(): Promise<void> {
    try {
      await read();
      isUp.set(1);
    } catch (error) {
      // What is not known is not shown: numbers of before would look like numbers of now.
      forget();
      isUp.set(0);
      logger.debug({ error: String(error) }, 'the metrics of the yard could not be read');
    }
  };
}
