/** How much one key, or one address, may ask. Counted in Redis, for all processes of the API together. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
import { HttpError, messageOf } from '../../shared/errors.ts';
import { keys } from '../../shared/keys.ts';
import type { Logger } from '../../shared/process.ts';
import { defineScript, isRefusedByRedis, type Script } from '../../shared/redis.ts';
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

type Count = (request: Request, response: Response) => Promise<void>;

export type Limits = ReturnType<typeof createLimits>;

/**
 * Each counts a request, and rejects with 429 when it is one too many, or as Redis does while that is out of reach.
 * Where Redis is there and refuses to write, nothing is counted: what only reads or frees memory goes on, and the rest
 * is refused by Redis itself.
 */
export function createLimits({ redis, logger, sizes }: { redis: Redis; logger: Logger; sizes: LimitSizes }) {
  const sendCommand = commandSender(redis);
  const log = (error: unknown) => logger.warn({ error: messageOf(error) }, 'a rate limit could not be counted');

  function limiter(
    name: string,
    options: { limit: number; windowMs: number; keyGenerator(request: Request, response: Response): string },
  ): RateLimitRequestHandler {
    return rateLimit({
      ...options,
      identifier: name,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      store: new RedisStore({ sendCommand, prefix: keys.limit(name) }),
      logger: { error: log, warn: log },
      handler() {
        const per = `${options.limit} in ${options.windowMs / MINUTE_MS} min`;
        throw new HttpError(429, 'rate-limited', `more than is allowed here (${name}: ${per}); Retry-After says when`);
      },
    });
  }

  const ofKey = (_request: Request, response: Response) => callerOf(response).name;
  const login = limiter('logins', {
    limit: LOGINS_IN_TEN_MINUTES,
    windowMs: 10 * MINUTE_MS,
    keyGenerator: clientOf,
  });
  const ofAddress = { limit: sizes.wrongKeys ?? WRONG_KEYS_IN_A_MINUTE, windowMs: MINUTE_MS, keyGenerator: clientOf };

  return {
    read: counting(limiter('reads', { limit: sizes.reads, windowMs: MINUTE_MS, keyGenerator: ofKey })),
    write: counting(limiter('writes', { limit: sizes.writes, windowMs: MINUTE_MS, keyGenerator: ofKey })),
    jobs: createJobLimit(redis, sizes.jobs),
    wrongKey: counting(limiter('wrong-keys', ofAddress)),
    forged: counting(limiter('forged-requests', ofAddress)),
    login: counting(login),
    /** Who has shown a key of ours begins anew. */
    forgetLogins: async (request: Request): Promise<void> => login.resetKey(clientOf(request)),
  };
}

function counting(limiter: RateLimitRequestHandler): Count {
  return (request, response) =>
    new Promise((resolve, reject) => {
      void limiter(request, response, (error) => {
        if (error instanceof Error && !isRefusedByRedis(error)) reject(error);
        else resolve();
      });
    });
}

/**
 * rate-limit-redis loads its scripts once, when it is made: were Redis away then, its counters would fail for ever.
 * So loading keeps them here, and running brings a script along where Redis has lost it.
 */
function commandSender(redis: Redis): (...command: string[]) => Promise<RedisReply> {
  const scripts = new Map<string, Script>();
  return async (...command) => {
    const [name, first = '', ...rest] = command;
    if (name === 'SCRIPT') {
      const [lua = ''] = rest;
      const sha = createHash('sha1').update(lua).digest('hex');
      scripts.set(sha, defineScript(lua));
      return sha;
    }
    if (name !== 'EVALSHA') return (await redis.call(name ?? '', [first, ...rest])) as RedisReply;
    const [count, ...keysAndArguments] = rest;
    const run = scripts.get(first) as Script;
    const parts = [keysAndArguments.slice(0, Number(count)), keysAndArguments.slice(Number(count))] as const;
    return (await run(redis, ...parts)) as RedisReply;
  };
}
