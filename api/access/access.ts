/** Lets requests through by role, or refuses them. */
import type { Request, RequestHandler, Response } from 'express';
import type { Redis } from 'ioredis';
import { HttpError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/process.ts';
import { type Caller, LOCAL_CALLER, setCaller } from './caller.ts';
import { sessionIdOf } from './cookies.ts';
import { changesSomething, notOurPage, notToken } from './forgery.ts';
import type { KeyRing } from './key-ring.ts';
import { createLimits, type LimitSizes } from './limits.ts';
import { loginPath } from './login-path.ts';
import { createOpenStreams } from './open-streams.ts';
import { includesRole, type Role } from './roles.ts';
import { createSessions } from './sessions.ts';

const BEARER = /^Bearer +(\S+) *$/i;

export interface AccessOptions {
  redis: Redis;
  logger: Logger;
  keys: KeyRing;
  limits: LimitSizes;
}

export interface Access {
  /** What signing in needs; null where there are no keys, and whoever reaches the API may do everything. */
  withKeys: ReturnType<typeof createKeyedAccess> | null;
  /** For routes: only callers of this role, or of one that includes it, come through. */
  require(role: Role): RequestHandler;
  /** Ends an event stream once its caller may no longer follow it. */
  watch(caller: Caller, response: Response): void;
}

export function createAccess(options: Omit<AccessOptions, 'keys'> & { keys: KeyRing | null }): Access {
  const { keys } = options;
  const withKeys = keys === null ? null : createKeyedAccess({ ...options, keys });

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
      await withKeys.limits[role === 'viewer' ? 'read' : 'write'](request, response);
      const refusal = refusalOf(caller, role, request);
      if (refusal === null) {
        next();
        return;
      }
      throw refusal;
    },
    watch: (caller, response) => withKeys?.streams.add(caller, response),
  };
}

/** Why this caller's request is not let through; null if it is. */
function refusalOf({ name, role, session }: Caller, needed: Role, request: Request): HttpError | null {
  const forged = session && changesSomething(request) ? (notOurPage(request) ?? notToken(request, session)) : null;
  if (forged !== null || includesRole(role, needed)) return forged;
  return new HttpError(403, 'role-not-allowed', `this needs the role ${needed}; ${name} is a ${role}`);
}

function createKeyedAccess({ redis, logger, keys, limits: sizes }: AccessOptions) {
  const sessions = createSessions({ redis, keys });
  const limits = createLimits({ redis, logger, sizes });

  async function ofKey(authorization: string, request: Request, response: Response): Promise<Caller> {
    const key = BEARER.exec(authorization)?.[1];
    const entry = key === undefined ? undefined : keys.find(key);
    if (entry !== undefined) {
      return { name: entry.name, role: entry.role, by: 'key', keyHash: entry.sha256, session: null };
    }
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
    streams: createOpenStreams(isWelcome),

    /** null: it showed nothing, or a session that is over. @throws HttpError for a key that is none of ours */
    async identify(request: Request, response: Response): Promise<Caller | null> {
      const { authorization } = request.headers;
      if (authorization !== undefined) return ofKey(authorization, request, response);
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
