/** Lets requests through by role, or refuses them. */
import type { Request, RequestHandler, Response } from 'express';
import type { Redis } from 'ioredis';
import { HttpError } from '../../shared/errors.ts';
import { ANYONE, type Caller, LOCAL_CALLER, setCaller } from './caller.ts';
import { sessionIdOf } from './cookies.ts';
import { changesSomething, notOurPage, notToken } from './forgery.ts';
import type { KeyRing } from './key-ring.ts';
import { createLimits, type LimitSizes } from './limits.ts';
import { loginPath } from './login-path.ts';
import { createOpenStreams, type StreamSizes } from './open-streams.ts';
import { includesRole, type Role } from './roles.ts';
import { createSessions } from './sessions.ts';

const BEARER = /^Bearer +(\S+) *$/i;

export interface AccessOptions {
  redis: Redis;
  keys: KeyRing;
  limits: LimitSizes;
  streams: StreamSizes;
}

export interface Access {
  /** What signing in needs; null where there are no keys, and whoever reaches the API may do everything. */
  withKeys: ReturnType<typeof createKeyedAccess> | null;
  /** For routes: only callers of this role, or of one that includes it, come through. */
  require(role: Role): RequestHandler;
  /** At routes for anyone: who shows a key of ours is known all the same. Nothing is refused there, nor counted. */
  recognize(request: Request): Caller;
  /** @throws HttpError if these are more jobs than the caller may submit at present */
  countJobs(caller: Caller, jobs: number): Promise<void>;
  /**
   * Ends an event stream once its caller may no longer follow it.
   * @throws HttpError if too many are open
   */
  watch(caller: Caller, response: Response): void;
}

export function createAccess(options: Omit<AccessOptions, 'keys'> & { keys: KeyRing | null }): Access {
  const { keys } = options;
  const withKeys = keys === null ? null : createKeyedAccess({ ...options, keys });
  const streams = withKeys?.streams ?? createOpenStreams(options.streams, async () => true);

  return {
    withKeys,
    require: (role) => async (request, response, next) => {
      if (withKeys === null) {
        setCaller(response, LOCAL_CALLER);
        next();
        return;
      }
      const caller = await withKeys.identify(request, response);
      if (caller === null) {
        if (!wantsPage(request)) throw unknownCaller('send an API key, as in Authorization: Bearer ty_…');
        response.redirect(303, loginPath(request.originalUrl));
        return;
      }
      setCaller(response, caller);
      const forged = forgeryOf(caller, request);
      // Counted apart: another site must not use up the limit of whoever is signed in.
      const count = forged ? 'forged' : role === 'viewer' ? 'read' : 'write';
      await withKeys.limits[count](request, response);
      const refusal = forged ?? lackOfRole(caller, role);
      if (refusal === null) {
        next();
        return;
      }
      throw refusal;
    },
    recognize(request) {
      if (withKeys === null) return LOCAL_CALLER;
      return withKeys.ofKey(request.headers.authorization) ?? ANYONE;
    },
    countJobs: async (caller, jobs) => withKeys?.limits.jobs(caller, jobs),
    watch: (caller, response) => streams.add(caller, response),
  };
}

function forgeryOf({ session }: Caller, request: Request): HttpError | null {
  return session && changesSomething(request) ? (notOurPage(request) ?? notToken(request, session)) : null;
}

function lackOfRole({ name, role }: Caller, needed: Role): HttpError | null {
  if (includesRole(role, needed)) return null;
  return new HttpError(403, 'role-not-allowed', `this needs the role ${needed}; ${name} is a ${role}`);
}

function createKeyedAccess({ redis, keys, limits: sizes, streams }: AccessOptions) {
  const sessions = createSessions({ redis, keys });
  const limits = createLimits({ redis, sizes });

  /** null: it is none of ours. */
  function ofKey(authorization = ''): Caller | null {
    const key = BEARER.exec(authorization)?.[1];
    const entry = key === undefined ? undefined : keys.find(key);
    if (entry === undefined) return null;
    return { name: entry.name, role: entry.role, by: 'key', keyHash: entry.sha256, session: null };
  }

  async function refuseKey(request: Request, response: Response): Promise<never> {
    await limits.wrongKey(request, response);
    throw unknownCaller('the API key that was sent is not one of ours', 'invalid_token');
  }

  /** While Redis is away, whoever was let in to follow a stream stays. */
  async function isWelcome({ keyHash, session }: Caller): Promise<boolean> {
    if (keyHash === null || keys.withHash(keyHash) === undefined) return false;
    return session === null || sessions.isThere(session.hash).catch(() => true);
  }

  return {
    keys,
    sessions,
    limits,
    streams: createOpenStreams(streams, isWelcome),
    ofKey,

    /** null: it showed nothing, or a session that is over. @throws HttpError for a key that is none of ours */
    async identify(request: Request, response: Response): Promise<Caller | null> {
      const { authorization } = request.headers;
      if (authorization !== undefined) return ofKey(authorization) ?? refuseKey(request, response);
      const id = sessionIdOf(request);
      const session = id === undefined ? null : await sessions.find(id);
      if (session === null) return null;
      const { hash, csrfToken, entry } = session;
      return { name: entry.name, role: entry.role, by: 'session', keyHash: entry.sha256, session: { hash, csrfToken } };
    },
  };
}

/** A person's browser, on the way to a page. */
function wantsPage(request: Request): boolean {
  return request.method === 'GET' && request.accepts(['json', 'html']) === 'html';
}

/** As RFC 6750 has it. */
function unknownCaller(detail: string, error?: string): HttpError {
  const challenge = `Bearer realm="Trainyard"${error === undefined ? '' : `, error="${error}"`}`;
  return new HttpError(401, 'not-authenticated', detail, { headers: { 'www-authenticate': challenge } });
}
