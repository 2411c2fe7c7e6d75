/** Whether this process lives, and whether it could serve a request now. */
import { z } from 'zod';
import { packageVersion } from '../../shared/package-root.ts';
import { ANYONE } from '../access/caller.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export const Health = z.strictObject({ ok: z.literal(true), version: z.string() });

const PART = ['ok', 'unreachable'] as const;

export const Readiness = z.strictObject({
  status: z
    .enum(['ready', 'not-ready'])
    .describe('Redis alone decides: without the store, all but checkpoints is served.'),
  redis: z.enum(PART),
  checkpointStore: z.enum(PART).describe('As of at most 10 seconds ago.'),
  details: z
    .strictObject({
      redis: z.string().nullable().describe('Why it cannot be used; null when it can.'),
      warnings: z.array(z.string()).describe('Settings of Redis with which jobs may be lost.'),
      checkpointStore: z.string().nullable().describe('Why it cannot be used; null when it can.'),
    })
    .optional()
    .describe('For who sends a key, or where there are none.'),
});

export async function getHealth(_request: RouteRequest, _deps: ApiDeps) {
  return { status: 200 as const, body: { ok: true as const, version: packageVersion() } };
}

export async function getReadiness({ caller }: RouteRequest, { checkReadiness }: ApiDeps) {
  const details = await checkReadiness();
  const isReady = details.redis === null;
  const body: z.input<typeof Readiness> = {
    status: isReady ? 'ready' : 'not-ready',
    redis: partOf(details.redis),
    checkpointStore: partOf(details.checkpointStore),
    ...(caller === ANYONE ? {} : { details }),
  };
  return isReady ? { status: 200 as const, body } : { status: 503 as const, body };
}

function partOf(fault: string | null): (typeof PART)[number] {
  return fault === null ? 'ok' : 'unreachable';
}
