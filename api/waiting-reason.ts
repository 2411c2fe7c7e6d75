/** Why a job of a queue does not start, where there is more to say than that others come first. */
import type { QueueName } from '../shared/engines.ts';
import type { JobView } from '../shared/views.ts';
import { servesQueue, type WorkerView } from '../shared/workers.ts';

/** @param paused the queues that are paused */
export function waitingReason(
  queue: QueueName,
  { paused, workers }: { paused: ReadonlySet<QueueName>; workers: readonly WorkerView[] },
): JobView['reason'] {
  // A worker would change nothing.
  if (paused.has(queue)) return 'queue-paused';
  return servesQueue(workers, queue) ? null : 'no-worker';
}
