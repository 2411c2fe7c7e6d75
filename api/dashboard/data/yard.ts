/** Who works, and how long the queues are: looked at every few seconds, as no event tells. */
import { type Signal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WorkerView } from '../../../shared/workers.ts';
import type { JobCounts } from '../../client-types.ts';
import { api } from './api.ts';
import { every } from './live.ts';

const EVERY_MS = 3000;

const workers = signal<readonly WorkerView[] | null>(null);
const counts = signal<JobCounts | null>(null);

/** null until they have come. */
export function useWorkers(): Signal<readonly WorkerView[] | null> {
  useEffect(() => every(EVERY_MS, (signal) => load(workers, async () => (await api.workers(signal)).workers)), []);
  return workers;
}

/** Jobs by state, and by queue; null until they have come. */
export function useCounts(): Signal<JobCounts | null> {
  useEffect(() => every(EVERY_MS, (signal) => load(counts, () => api.counts(signal))), []);
  return counts;
}

/** What was known stays when a look fails: the connection's state tells that it is old. */
async function load<T>(target: Signal<T>, ask: () => Promise<T>): Promise<void> {
  try {
    target.value = await ask();
  } catch {
    // See above.
  }
}
