/**
 * The first thing that every request meets: it gets an id, which its client, its lines in the log and the answer share;
 * and once it is answered, how long it took is measured and logged.
 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from '../shared/process.ts';
import { beginningOf, withoutSecrets } from '../shared/secrets.ts';
import type { ApiMetrics } from './api-metrics.ts';
import type { Route } from './route.ts';

const REQUEST_ID = 'x-request-id';
/** As proxies make them: UUIDs, hexadecimal, ULIDs. Anything else could be meant for whoever reads the log. */
const SANE_ID = /^[\w.-]{1,64}$/;
const URL_SHOWN = 200;

/**
 * For every line that is logged on behalf of a request. Handed along: an AsyncLocalStorage would know it everywhere, but
 * hooks into every promise of the process on Node 20 and 22, which cost a submission a seventh of its time.
 */
export function requestIdOf(response: ServerResponse): string {
  return response.getHeader(REQUEST_ID) as string;
}

export function observeRequests({ metrics, logger }: { metrics: ApiMetrics; logger: Logger }): RequestHandler {
  return (request, response, next) => {
    const sent = request.get(REQUEST_ID) ?? '';
    const requestId = SANE_ID.test(sent) && withoutSecrets(sent) === sent ? sent : randomUUID();
    const began = performance.now();
    response.set(REQUEST_ID, requestId);
    response.once('close', () => {
      const { method } = request;
      const seconds = (performance.now() - began) / 1000;
      const route = response.locals.route as Route | undefined;
      // 499, as nginx has it: the client left before there was an answer.
      const status = response.headersSent ? response.statusCode : 499;
      const isStream = route?.events !== undefined && status === 200;
      if (!isStream) metrics.observeRequest({ method, route: route?.path ?? 'other', status, seconds });
      const url = beginningOf(request.originalUrl, URL_SHOWN);
      logger.debug({ requestId, method, url, status, seconds }, 'request');
    });
    next();
  };
}
