/**
 * Against requests that another site has a signed-in browser make (CSRF).
 *
 * The synchronizer token pattern, which OWASP's cheat sheet recommends where sessions have state: the token is compared
 * with that of the session, not with a cookie, so a cookie that a neighbouring host has planted gets nobody in. Before
 * it, where the request comes from, as browsers tell it; that guards the login form too, which has no session yet.
 * Requests with an API key need neither: no browser sends one by itself.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { HttpError } from '../../shared/errors.ts';

const TOKEN_HEADER = 'x-xsrf-token';

export function changesSomething({ method }: Request): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/** The error for a request that does not come from a page of ours. */
export function notOurPage(request: Request): HttpError | null {
  const site = request.get('sec-fetch-site');
  // Only sent over https and to this machine; elsewhere there is the Origin.
  const isOurs = site === undefined ? hostOf(request.get('origin')) === request.host : site === 'same-origin';
  return isOurs ? null : new HttpError(403, 'forgery-suspected', 'the request does not come from a page of this API');
}

/** The error for a request without the token of its session. */
export function notToken(request: Request, { csrfToken }: { csrfToken: string }): HttpError | null {
  const [sent, expected] = [Buffer.from(request.get(TOKEN_HEADER) ?? ''), Buffer.from(csrfToken)];
  if (sent.length === expected.length && timingSafeEqual(sent, expected)) return null;
  return new HttpError(403, 'forgery-suspected', `with a session, send the cookie XSRF-TOKEN as ${TOKEN_HEADER} too`);
}

function hostOf(origin: string | undefined): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : undefined;
}
