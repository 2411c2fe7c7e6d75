/** A name for each request, in its answer and wherever it is written down: a proxy's own, or one of ours. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'x-request-id';

export const nameRequest: RequestHandler = (request, response, next) => {
  const given = request.get(HEADER);
  response.locals.requestId = given !== undefined && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
  response.set(HEADER, response.locals.requestId);
  next();
};

export function requestIdOf(response: Response): string {
  return response.locals.requestId;
}
