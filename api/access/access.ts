/** Lets requests through by role, or refuses them. */
import type { Request, RequestHandler } from 'express';
import { HttpError } from '../../shared/errors.ts';
import { type Caller, LOCAL_CALLER, setCaller } from './caller.ts';
import type { KeyRing } from './key-ring.ts';
import { includesRole, type Role } from './roles.ts';

const BEARER = /^Bearer +(\S+) *$/i;

export type Access = ReturnType<typeof createAccess>;

/** @param keys null: there are none, and whoever reaches the API may do everything */
export function createAccess({ keys }: { keys: KeyRing | null }) {
  function identify(request: Request): Caller {
    if (keys === null) return LOCAL_CALLER;
    const { authorization } = request.headers;
    if (authorization === undefined) throw unknownCaller('send an API key, as in Authorization: Bearer ty_…');
    const key = BEARER.exec(authorization)?.[1];
    const entry = key === undefined ? undefined : keys.find(key);
    if (entry === undefined) throw unknownCaller('the API key that was sent is not one of ours', 'invalid_token');
    return { name: entry.name, role: entry.role, by: 'key' };
  }

  return {
    hasKeys: keys !== null,

    /** For routes: only callers of this role, or of one that includes it, come through. */
    require(role: Role): RequestHandler {
      return (request, response, next) => {
        const caller = identify(request);
        setCaller(response, caller);
        if (!includesRole(caller.role, role)) {
          throw new HttpError(
            403,
            'role-not-allowed',
            `this needs the role ${role}; ${caller.name} is a ${caller.role}`,
          );
        }
        next();
      };
    },
  };
}

/** As RFC 6750 has it. */
function unknownCaller(detail: string, error?: string): HttpError {
  const challenge = `Bearer realm="Trainyard"${error === undefined ? '' : `, error="${error}"`}`;
  return new HttpError(401, 'not-authenticated', detail, { headers: { 'www-authenticate': challenge } });
}
