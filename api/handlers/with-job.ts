/** The look-up that most routes begin with: a handler only sees a job that exists. */
import { HttpError } from '../../shared/errors.ts';
import type { Job } from '../../shared/job-record.ts';
import { JobId } from '../../shared/jobs.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export function withJob<Params extends { id: string }, Query, Body, Result>(
  handler: (request: RouteRequest<Params, Query, Body> & { job: Job }, deps: ApiDeps) => Promise<Result>,
): (request: RouteRequest<Params, Query, Body>, deps: ApiDeps) => Promise<Result> {
  return async (request, deps) => {
    const id = JobId.safeParse(request.params.id);
    const job = id.success ? await deps.store.get(id.data) : null;
    if (job === null) throw new HttpError(404, 'job-not-found', `there is no job ${request.params.id.slice(0, 50)}`);
    return handler({ ...request, job }, deps);
  };
}
