/** Where a request comes from, for limits and the audit. */
import { isIP } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

/** Of the client, as TRUST_PROXY has it; of the nearest proxy where what that tells is no address, but any text. */
export function addressOf({ ip = '', socket }: Pick<Request, 'ip' | 'socket'>): string {
  return isIP(ip) === 0 ? (socket.remoteAddress ?? '') : ip;
}

/** What is counted as one client: an address, or a network of IPv6 that one client has. */
export function clientOf(request: Pick<Request, 'ip' | 'socket'>): string {
  return ipKeyGenerator(addressOf(request));
}
