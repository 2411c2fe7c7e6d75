/** Who is there to train. */
import { z } from 'zod';
import { liveWorkers, WorkerView } from '../../shared/workers.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export const WorkerList = z.strictObject({ workers: z.array(WorkerView) });

export async function listWorkers(_request: RouteRequest, { redis }: ApiDeps) {
  return { status: 200 as const, body: { workers: await liveWorkers(redis) } };
}
