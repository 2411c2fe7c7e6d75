/** How much one key, or one address, may ask. Counted in Redis, for all processes of the API together. */
import { hash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { HttpError } from '../../shared/errors.ts';
import { keys } from '../../shared/keys.ts';
import { defineScript, isRefusedByRedis } from '../../shared/redis.ts';
import { clientOf } from './address.ts';
import { callerOf } from './caller.ts';
import { createJobLimit } from './job-limit.ts';

const MINUTE_MS = 60_000;
/** Per address. A key cannot be guessed: this keeps guesses, and forged requests, from costing more than their refusal. */
const LOGINS_IN_TEN_MINUTES = 10;
const WRONG_KEYS_IN_A_MINUTE = 60;

export interface LimitSizes {
  /** Requests of a key in a minute that only look … */
  reads: number;
  /** … and that change something. */
  writes: number;
  /** Jobs of a key in a minute, however many a request carries. */
  jobs: number;
  /** Requests with a wrong key, and likewise forged ones, in a minute, of an address; 60 unless said. */
  wrongKeys?: number;
}

interface Limit {
  /** In answers. */
  name: string;
  limit: number;
  windowMs: number;
  /** Whose requests are counted together. */
  of(request: Request, response: Response): string;
}

type Count = (request: Request, response: Response) => Promise<void>;

/** KEYS[1] counts; ARGV[1] is the window in ms, which begins with the first. Returns the count, and the ms until it is 0. */
const countScript = defineScript(`
local left = redis.call('PTTL', KEYS[1])
if left > 0 then return { redis.call('INCR', KEYS[1]), left } end
redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
return { 1, tonumber(ARGV[1]) }
`);

export type Limits = ReturnType<typeof createLimits>;

/**
 * Each counts a request, and rejects with 429 when it is one too many, or as Redis does while that is out of reach.
 * Where Redis is there and refuses to write, nothing is counted: what only reads or frees memory goes on, and the rest
 * is refused by Redis itself.
 */
export function createLimits({ redis, sizes }: { redis: Redis; sizes: LimitSizes }) {
  function counting({ name, limit, windowMs, of }: Limit): Count {
    return async (request, response) => {
      const who = of(request, response);
      const answer = await countScript(redis, [keys.limit(name) + who], [windowMs]).catch(nullIfRefused);
      if (answer === null) return;
      const [count, leftMs] = answer as [number, number];
      const seconds = Math.ceil(leftMs / 1000);
      // draft-ietf-httpapi-ratelimit-headers-08
      response.setHeader('RateLimit', `"${name}"; r=${Math.max(0, limit - count)}; t=${seconds}`);
      response.setHeader('RateLimit-Policy', `"${name}"; q=${limit}; w=${windowMs / 1000}; pk=:${partitionOf(who)}:`);
      if (count <= limit) return;
      response.setHeader('Retry-After', seconds);
      const per = `${limit} in ${windowMs / MINUTE_MS} min`;
      throw new HttpError(429, 'rate-limited', `more than is allowed here (${name}: ${per}); Retry-After says when`);
    };
  }

  const ofKey = { windowMs: MINUTE_MS, of: (_request: Request, response: Response) => callerOf(response).name };
  const ofAddress = { limit: sizes.wrongKeys ?? WRONG_KEYS_IN_A_MINUTE, windowMs: MINUTE_MS, of: clientOf };
  const login = { name: 'logins', limit: LOGINS_IN_TEN_MINUTES, windowMs: 10 * MINUTE_MS, of: clientOf };

  return {
    read: counting({ name: 'reads', limit: sizes.reads, ...ofKey }),
    write: counting({ name: 'writes', limit: sizes.writes, ...ofKey }),
    jobs: createJobLimit(redis, sizes.jobs),
    wrongKey: counting({ name: 'wrong-keys', ...ofAddress }),
    forged: counting({ name: 'forged-requests', ...ofAddress }),
    login: counting(login),
    /** Who has shown a key of ours begins anew. */
    forgetLogins: async (request: Request): Promise<void> => {
      await redis.del(keys.limit(login.name) + login.of(request));
    },
  };
}

function nullIfRefused(error: unknown): null {
  if (error instanceof Error && isRefusedByRedis(error)) return null;
  throw error;
}

/** Tells clients which of their limits it is, and others nothing of whose. */
function partitionOf(who: string): string {
  return Buffer.from(hash('sha256', who).slice(0, 12)).toString('base64');
}
