/** How much one key, or one address, may ask. Counted in Redis, for all processes of the API together. */
import { hash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { HttpError } from '../../shared/errors.ts';
import { keys } from '../../shared/keys.ts';
import { isRefusedByRedis } from '../../shared/redis.ts';
import { clientOf } from './address.ts';
import { type Caller, callerOf } from './caller.ts';
import { createSpending } from './spending.ts';

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

export type Limits = ReturnType<typeof createLimits>;

/**
 * Each counts a request, and rejects with 429 when it is one too many, or as Redis does while that is out of reach.
 * Where Redis is there and refuses to write, nothing is counted: what only reads or frees memory goes on, and the rest
 * is refused by Redis itself.
 */
export function createLimits({ redis, sizes }: { redis: Redis; sizes: LimitSizes }) {
  const spend = createSpending(redis);

  function counting({ name, limit, windowMs, of }: Limit): Count {
    return async (request, response) => {
      const who = of(request, response);
      const spent = await spend({ key: keys.limit(name) + who, amount: 1, limit, windowMs }).catch(nullIfRefused);
      if (spent === null) return;
      const left = limit - spent.before;
      const seconds = Math.ceil(spent.leftMs / 1000);
      // draft-ietf-httpapi-ratelimit-headers-08
      response.setHeader('RateLimit', `"${name}"; r=${Math.max(0, left - 1)}; t=${seconds}`);
      response.setHeader('RateLimit-Policy', `"${name}"; q=${limit}; w=${windowMs / 1000}; pk=:${partitionOf(who)}:`);
      if (left >= 1) return;
      response.setHeader('Retry-After', seconds);
      const per = `${limit} in ${windowMs / MINUTE_MS} min`;
      throw new HttpError(429, 'rate-limited', `more than is allowed here (${name}: ${per}); Retry-After says when`);
    };
  }

  /** How many jobs one key may submit in a minute. A list is one request, and costs as many as it has. */
  async function countJobs({ name }: Pick<Caller, 'name'>, jobs: number): Promise<void> {
    const limit = sizes.jobs;
    const { before, leftMs } = await spend({
      key: keys.limit('jobs') + name,
      amount: jobs,
      limit,
      windowMs: MINUTE_MS,
    });
    if (before + jobs <= limit) return;
    const detail = `more jobs than are allowed here (jobs: ${limit} in 1 min): ${before} were submitted, ${jobs} are sent`;
    // As long as nothing was counted, waiting does not help.
    const headers: Record<string, string> = leftMs > 0 ? { 'retry-after': String(Math.ceil(leftMs / 1000)) } : {};
    throw new HttpError(429, 'rate-limited', detail, { headers });
  }

  const ofKey = { windowMs: MINUTE_MS, of: (_request: Request, response: Response) => callerOf(response).name };
  const ofAddress = { limit: sizes.wrongKeys ?? WRONG_KEYS_IN_A_MINUTE, windowMs: MINUTE_MS, of: clientOf };
  const login = { name: 'logins', limit: LOGINS_IN_TEN_MINUTES, windowMs: 10 * MINUTE_MS, of: clientOf };

  return {
    read: counting({ name: 'reads', limit: sizes.reads, ...ofKey }),
    write: counting({ name: 'writes', limit: sizes.writes, ...ofKey }),
    jobs: countJobs,
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
