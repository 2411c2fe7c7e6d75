/** Puts the table of routes into Express: checks what comes in, sends what the handlers answer. */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import { HttpError } from '../shared/errors.ts';
import { callerOf } from './access/caller.ts';
import { BODY_LIMIT_BYTES, createJsonReader } from './json-body.ts';
import { requestIdOf } from './observe-requests.ts';
import { toHttpError } from './problem.ts';
import { type Answered, type ApiDeps, type Download, type EventStream, type Route, roleOf } from './route.ts';
import { openStream } from './sse.ts';
import { validate } from './validation.ts';

/** Kept by its browser alone, which asks each time whether it still holds. */
const UNSHARED = { 'cache-control': 'private, no-cache' };

const JSON_IN_UTF8 = 'application/json; charset=utf-8';

export function mountRoutes(routes: readonly Route[], deps: ApiDeps): Router {
  const router = Router({ caseSensitive: true });
  for (const path of new Set(routes.map((route) => route.path))) {
    const onPath = routes.filter((route) => route.path === path);
    const entry = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const route of onPath) entry[route.method](...guards(route, deps), serve(route, deps));
    entry.all(refuseMethod(onPath));
  }
  return router;
}

function guards(route: Route, { access }: ApiDeps): RequestHandler[] {
  const role = roleOf(route);
  return role === 'anyone' ? [] : [access.require(role)];
}

function serve(route: Route, deps: ApiDeps): RequestHandler {
  const readBody = createJsonReader(route.bodyLimit ?? BODY_LIMIT_BYTES);
  return async (request, response) => {
    response.locals.route = route;
    const params = validate(route.params, { ...request.params }, 'the path');
    const query = validate(route.query, { ...request.query }, 'the query');
    if (route.requestHeaders) validate(route.requestHeaders, headersOf(route.requestHeaders, request), 'the headers');
    const body = route.body && validate(route.body, await readBody(request, response), 'the body');
    const caller = roleOf(route) === 'anyone' ? deps.access.recognize(request) : callerOf(response);
    const header = (name: string) => request.get(name);
    const accepts = (types: readonly string[]) => request.accepts([...types]) || null;
    const asked = { params, query, body, caller, requestId: requestIdOf(response), header, accepts };
    const note = async (outcome: string, answered?: Answered) => {
      const deed = route.audited?.deedOf(asked, answered) ?? null;
      if (route.audited && deed) {
        await deps.audit.record(request, response, { action: route.audited.action, outcome, ...deed });
      }
    };
    const answer = await route.handler(asked, deps).catch((error: unknown) => {
      // not waited for: Redis may be what failed, and the client hears so within a second
      void note(toHttpError(error, request).code);
      throw error;
    });
    if ('body' in answer) await note('done', answer);
    if (hasSeveralTypes(route)) response.vary('Accept');
    if ('file' in answer) sendFile(answer, request, response);
    else if ('follow' in answer) sendEvents(answer, request, response, () => deps.access.watch(caller, response));
    else send(answer, response);
  };
}

function headersOf(schema: z.ZodObject, request: Request): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(schema.shape).map((name) => [name, request.get(name)]));
}

function send({ status, body, headers = {} }: Answered, response: Response): void {
  response.status(status).set({ ...UNSHARED, ...headers });
  if (body === undefined) response.end();
  else if (status === 200) response.json(body);
  // nobody asks again whether such an answer still holds: it needs no hash
  else response.set('content-type', JSON_IN_UTF8).end(JSON.stringify(body));
}

function hasSeveralTypes({ answers, files = [] }: Route): boolean {
  return files.length + (answers[200] ? 1 : 0) > 1;
}

function sendFile({ file, headers = {} }: Download, request: Request, response: Response): void {
  response.set({ ...UNSHARED, ...headers, etag: `"${file.sha256}"` });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  response.set({
    'content-type': file.type,
    'content-length': String(file.bytes.length),
    ...(file.name === null ? {} : { 'content-disposition': `attachment; filename="${file.name}"` }),
  });
  if (request.method === 'HEAD') response.end();
  else response.end(file.bytes);
}

function sendEvents({ follow }: EventStream, request: Request, response: Response, watch: () => void): void {
  if (request.method === 'HEAD') {
    openStream(response);
    response.end();
    return;
  }
  watch();
  openStream(response);
  follow(response);
}

/** For the end of a path: whatever method none of these routes is of. */
export function refuseMethod(routes: readonly Pick<Route, 'method'>[]): RequestHandler {
  const methods = routes.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  const allow = [...methods, 'OPTIONS'].join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') {
      response.set('allow', allow).status(204).end();
      return;
    }
    throw new HttpError(405, 'method-not-allowed', `${request.method} is not allowed here; allowed: ${allow}`, {
      headers: { allow },
    });
  };
}
