/** The API as an Express application. It opens no port: main.ts does, and so do tests. */
import express, { type Express } from 'express';
import { HttpError } from '../shared/errors.ts';
import { createBoard } from './board.ts';
import { BOARD_PATH } from './board-page.ts';
import { createBuiltFiles } from './built-files.ts';
import { createDashboard } from './dashboard.ts';
import { localOnly } from './local-only.ts';
import { createLogin } from './login.ts';
import { mountRoutes } from './mount.ts';
import { observeRequests } from './observe-requests.ts';
import { createErrorHandler } from './problem.ts';
import { createReference, DOCS_PATH, OPENAPI_PATH } from './reference.ts';
import type { ApiDeps } from './route.ts';
import { routes } from './routes.ts';
import { securityHeaders } from './security-headers.ts';

export function createApp(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', deps.proxies);
  const { access } = deps;
  const files = createBuiltFiles();
  app.use(observeRequests(deps), securityHeaders);
  if (access.withKeys === null) app.use(localOnly(deps.proxies));
  // Before the pages: what is asked most often passes the fewest of Express's layers.
  app.use(mountRoutes(routes, deps));
  app.use(createLogin({ access, audit: deps.audit, files }));
  app.use(BOARD_PATH, createBoard(deps));
  app.use([OPENAPI_PATH, DOCS_PATH], access.require('viewer'));
  app.use(createReference(routes));
  app.use(createDashboard(files));
  app.use(() => {
    throw new HttpError(404, 'not-found', 'there is nothing at this address');
  });
  app.use(createErrorHandler(deps.logFailure));
  return app;
}
