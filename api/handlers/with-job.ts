/** The look-up that most routes begin with: a handler only sees a job that exists. */
import { jobNotFound } from '../../shared/errors.ts';
import type { Job } from '../../shared/job-record.ts';
import { JobId } from '../../shared/jobs.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export function withJob<Params extends { id: string }, Query, Body, Result>(
  handler: (request: RouteRequest<Params, Query, Body> & { job: Job }, deps: ApiDeps) => Promise<Result>,
): (request: RouteRequest<Params, Query, Body>, deps: ApiDeps) => Promise<Result> {
  return async (request, deps) => {
    const id = JobId.safeParse(request.params.id);
    const job = id.success ? await deps.store.get(id.data) : null;
    if (job === null) throw jobNotFound(request.params.id);
    return handler({ ...request, job }, deps);
  };
}
