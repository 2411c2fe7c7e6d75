/** How many jobs one key may submit in a minute. A list is one request, and costs as many as it has. */
import type { Redis } from 'ioredis';
import { HttpError } from '../../shared/errors.ts';
import { keys } from '../../shared/keys.ts';
import { defineScript } from '../../shared/redis.ts';
import type { Caller } from './caller.ts';

const MINUTE_MS = 60_000;

/** KEYS[1] counts; ARGV: jobs, limit, ms. Counts all of them or none; returns those before, and the ms until it is 0. */
const spend = defineScript(`
local before = tonumber(redis.call('GET', KEYS[1]) or 0)
if before + ARGV[1] <= tonumber(ARGV[2]) then redis.call('INCRBY', KEYS[1], ARGV[1]) end
if before == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return { before, redis.call('PTTL', KEYS[1]) }
`);

/** @returns what rejects with 429 when so many jobs are more than the caller may still submit */
export function createJobLimit(redis: Redis, limit: number): (caller: Caller, jobs: number) => Promise<void> {
  return async ({ name }, jobs) => {
    const answer = await spend(redis, [keys.limit('jobs') + name], [jobs, limit, MINUTE_MS]);
    const [before, leftMs] = answer as [number, number];
    if (before + jobs <= limit) return;
    const detail = `more jobs than are allowed here (jobs: ${limit} in 1 min): ${before} were submitted, ${jobs} are sent`;
    // As long as nothing was counted, waiting does not help.
    const headers: Record<string, string> = leftMs > 0 ? { 'retry-after': String(Math.ceil(leftMs / 1000)) } : {};
    throw new HttpError(429, 'rate-limited', detail, { headers });
  };
}
