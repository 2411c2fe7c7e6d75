/** Which queues the page shows: a yard without GPUs need not hear of theirs. */
import type { WorkerView } from '../../../../shared/workers.ts';
import type { JobCounts } from '../../../client-types.ts';

type Queue = JobCounts['queues'][number];

/** All but those that hold no job and that no worker takes, as long as there is a worker at all. */
export function shownQueues(queues: readonly Queue[], workers: readonly WorkerView[]): readonly Queue[] {
  if (workers.length === 0) return queues;
  const served = new Set(workers.flatMap((worker) => worker.queues));
  return queues.filter(
    ({ name, waiting, active, delayed, paused }) => served.has(name) || paused || waiting + active + delayed > 0,
  );
}
