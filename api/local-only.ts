/**
 * As long as there are no API keys, being on this machine is the only protection. A web page elsewhere must not get
 * around it: neither by a name of its own that resolves to 127.0.0.1 (DNS rebinding: its Host gives it away), nor by a
 * form or script that posts here (its Origin does). Nor must others get in through a proxy on this machine, unless
 * whoever set it up has said by TRUST_PROXY that it is there.
 */
import type { RequestHandler } from 'express';
import { HttpError } from '../shared/errors.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** What proxies add. One that adds none cannot be told from a client of this machine. */
const OF_PROXIES = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/** @param proxies as TRUST_PROXY has it */
export function localOnly(proxies: number): RequestHandler {
  return (request, _response, next) => {
    const { host, origin } = request.headers;
    if (host !== undefined && !isLoopback(`http://${host}`)) throw refusal('Host', host);
    if (origin !== undefined && !isLoopback(origin)) throw refusal('Origin', origin);
    const proof = OF_PROXIES.find((name) => request.headers[name] !== undefined);
    if (proof !== undefined && proxies === 0) throw unexpectedProxy(proof);
    next();
  };
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
}

function refusal(header: string, value: string): HttpError {
  const detail = `${header} ${value.slice(0, 100)} is not of this machine; allowed: localhost, 127.0.0.1, [::1]`;
  return new HttpError(403, 'host-not-allowed', detail);
}

function unexpectedProxy(header: string): HttpError {
  const detail =
    `the request came through a proxy (it has ${header}), and this API has no keys: whoever reaches the proxy could do ` +
    'everything. Make a key (npm run key) and set API_KEYS_FILE; or, where the proxy lets in only whom it should, set ' +
    'TRUST_PROXY=1';
  return new HttpError(403, 'proxy-without-keys', detail);
}
