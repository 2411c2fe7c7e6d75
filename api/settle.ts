/** Settles at submit what must not depend on who takes the job: its engine and, with that, its queue. */
import { AUTO_ORDER, ENGINES, type EngineFacts } from '../shared/engines.ts';
import { HttpError } from '../shared/errors.ts';
import type { NewJob } from '../shared/job-store.ts';
import { type EngineName, type JobRequest, newJobId } from '../shared/jobs.ts';

/**
 * @param engines those of this deployment
 * @throws HttpError 422 with each engine's reason if none that may run it can
 */
export function settle(
  request: JobRequest,
  engines: Record<EngineName, EngineFacts> = ENGINES,
  autoOrder: readonly EngineName[] = AUTO_ORDER,
): NewJob {
  const { kind, name, tags, priority, spec } = request;
  const candidates = spec.engine === 'auto' ? autoOrder : [spec.engine];
  const engine = candidates.find((candidate) => engines[candidate].refusal(spec) === null);
  if (engine === undefined) {
    const reasons = candidates.map((candidate) => `${candidate}: ${engines[candidate].refusal(spec)}`).join('; ');
    throw new HttpError(422, 'engine-unavailable', `no engine here can compute this spec: ${reasons}`, {
      faults: [
        { field: 'spec.engine', value: spec.engine, allowed: `an engine that can compute this spec (${reasons})` },
      ],
    });
  }
  return {
    id: newJobId(),
    kind,
    name,
    tags: [...new Set(tags)],
    priority,
    queue: engines[engine].queue,
    spec: { ...spec, engine },
  };
}
