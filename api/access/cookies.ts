/** The two cookies of a session. */
import type { CookieOptions, Request, Response } from 'express';

/**
 * Readable by scripts of our pages, which send it back as X-XSRF-TOKEN. These two names are axios's, so that
 * bull-board's page does so by itself.
 */
const TOKEN_COOKIE = 'XSRF-TOKEN';

/** With the prefix browsers take it from this very host over https alone; over http they would refuse the prefix. */
const sessionCookie = ({ secure }: Request) => (secure ? '__Host-trainyard' : 'trainyard');

const optionsFor = ({ secure }: Request): CookieOptions => ({ path: '/', sameSite: 'strict', secure });

export function setSessionCookies(request: Request, response: Response, id: string, csrfToken: string): void {
  response.cookie(sessionCookie(request), id, { ...optionsFor(request), httpOnly: true });
  response.cookie(TOKEN_COOKIE, csrfToken, optionsFor(request));
}

export function clearSessionCookies(request: Request, response: Response): void {
  response.clearCookie(sessionCookie(request), { ...optionsFor(request), httpOnly: true });
  response.clearCookie(TOKEN_COOKIE, optionsFor(request));
}

export function sessionIdOf(request: Request): string | undefined {
  const name = `${sessionCookie(request)}=`;
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(name))?.slice(name.length) || undefined;
}
