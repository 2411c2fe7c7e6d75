/** Who asks: found out once for each request, and kept with its response. */
import type { Response } from 'express';
import type { Role } from './roles.ts';

export interface Caller {
  /** Of the key. */
  name: string;
  role: Role;
  /** How it showed who it is: by a key, or by the session of a browser; without keys, by being on this machine. */
  by: 'key' | 'session' | 'loopback';
  keyHash: string | null;
  session: { hash: string; csrfToken: string } | null;
}

const UNPROVEN = { by: 'loopback', keyHash: null, session: null } as const;

/** Who asks, without a key of ours, at a route for anyone. */
export const ANYONE: Caller = { name: 'anyone', role: 'viewer', ...UNPROVEN };

/** As long as there are no keys. */
export const LOCAL_CALLER: Caller = { name: 'local', role: 'admin', ...UNPROVEN };

export function setCaller(response: Response, caller: Caller): void {
  response.locals.caller = caller;
}

/** @throws if nothing before has found out */
export function callerOf(response: Response): Caller {
  const caller = response.locals.caller as Caller | undefined;
  if (caller === undefined) throw new Error('nobody has asked who asks');
  return caller;
}
