/**
 * As long as there are no API keys, being on this machine is the only protection. A web page elsewhere must not get
 * around it: neither by a name of its own that resolves to 127.0.0.1 (DNS rebinding: its Host gives it away), nor by a
 * form or script that posts here (its Origin does).
 */
import type { RequestHandler } from 'express';
import { HttpError } from '../shared/errors.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export const localOnly: RequestHandler = (request, _response, next) => {
  const { host, origin } = request.headers;
  if (host !== undefined && !isLoopback(`http://${host}`)) throw refusal('Host', host);
  if (origin !== undefined && !isLoopback(origin)) throw refusal('Origin', origin);
  next();
};

function isLoopback(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
}

function refusal(header: string, value: string): HttpError {
  const detail = `${header} ${value.slice(0, 100)} is not of this machine; allowed: localhost, 127.0.0.1, [::1]`;
  return new HttpError(403, 'host-not-allowed', detail);
}
