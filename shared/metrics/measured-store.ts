/** A checkpoint store of any sort, with how long it takes and how often it fails. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { CheckpointStore } from '../checkpoints/store.ts';
import { RetryableError } from '../errors.ts';

/** All of them, as the compiler makes sure. */
const OPERATIONS: Record<keyof CheckpointStore, true> = {
  put: true,
  readManifest: true,
  readData: true,
  load: true,
  putEvaluation: true,
  readEvaluation: true,
  remove: true,
  removeJob: true,
  list: true,
  check: true,
};

export function measureStore(store: CheckpointStore, registry: Registry): CheckpointStore {
  const durations = new Histogram({
    name: 'trainyard_checkpoint_store_duration_seconds',
    help: 'How long an operation of the checkpoint store took; put saves a checkpoint.',
    labelNames: ['operation'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'trainyard_checkpoint_store_errors_total',
    help: 'Operations that failed because of the checkpoint store itself: out of reach, full, not permitted.',
    labelNames: ['operation'],
    registers: [registry],
  });
  // Each is there from the beginning, so that its first failure is seen as an increase.
  for (const operation of Object.keys(OPERATIONS)) errors.inc({ operation }, 0);

  async function measured(operation: string, work: Promise<unknown>): Promise<unknown> {
    const end = durations.startTimer({ operation });
    try {
      return await work;
    } catch (error) {
      if (error instanceof RetryableError) errors.inc({ operation });
      throw error;
    } finally {
      end();
    }
  }

  return new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer = member.apply(target, args) as unknown;
        return answer instanceof Promise ? measured(String(name), answer) : answer;
      };
    },
  });
}
