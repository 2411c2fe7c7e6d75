/** Whether this process lives, and whether it could serve a request now. */
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import { packageVersion } from '../../shared/package-root.ts';
import { isRedisAway, isRefusedByRedis } from '../../shared/redis.ts';
import { redisFaults } from '../redis-settings.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export const Health = z.strictObject({ ok: z.literal(true), version: z.string() });

const Part = z.strictObject({
  ok: z.boolean(),
  why: z.string().nullable().describe('null when it is.'),
});

export const Readiness = z.strictObject({
  ok: z.boolean(),
  redis: Part.extend({
    warnings: z.array(z.string()).describe('Settings with which jobs may be lost; they do not make the API unready.'),
  }),
  store: Part,
});

const AWAY = 'Redis cannot be reached, or does not answer';

export async function getHealth(_request: RouteRequest, _deps: ApiDeps) {
  return { status: 200 as const, body: { ok: true as const, version: packageVersion() } };
}

export async function getReadiness(_request: RouteRequest, { redis, checkpoints }: ApiDeps) {
  const [reached, store] = await Promise.all([
    redisFaults(redis).then(
      (warnings) => ({ ok: true, why: null, warnings }),
      (error: unknown) => ({ ok: false, why: whyOf(error), warnings: [] }),
    ),
    checkpoints.check().then(
      () => ({ ok: true, why: null }),
      (error: unknown) => ({ ok: false, why: messageOf(error) }),
    ),
  ]);
  const body = { ok: reached.ok && store.ok, redis: reached, store };
  return body.ok ? { status: 200 as const, body } : { status: 503 as const, body };
}

function whyOf(error: unknown): string {
  const refused = error instanceof Error && isRefusedByRedis(error);
  return isRedisAway(error) && !refused ? AWAY : messageOf(error);
}
