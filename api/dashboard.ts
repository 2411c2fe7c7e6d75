/**
 * Serves the dashboard as Vite built it: the same for everyone, with nothing of the yard's in it. What it shows it asks
 * of the API, and where that does not know who asks, it leads to the login page.
 */
import { type Request, type Response, Router } from 'express';
import type { BuiltFile, BuiltFiles } from './built-files.ts';
import { DASHBOARD_PAGES } from './dashboard-pages.ts';
import { refuseMethod } from './mount.ts';
import { contentSecurityPolicy } from './security-headers.ts';

const PAGE = '/index.html';

/** No inline scripts; styles that components set on their elements are inline ones. */
const CONTENT_SECURITY_POLICY = contentSecurityPolicy({
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'form-action': "'self'",
});

export function createDashboard(files: BuiltFiles): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const path of Object.values(DASHBOARD_PAGES)) {
    const page = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    page.get((request, response) => {
      response.set('content-security-policy', CONTENT_SECURITY_POLICY);
      send(request, response, files.at(PAGE) as BuiltFile, 'no-cache');
    });
    page.all(refuseMethod([{ method: 'get' }]));
  }
  // A hash of the content is part of the name.
  router.get('/assets/:name', (request, response, next) => {
    const file = files.at(`/assets/${request.params.name}`);
    if (file) send(request, response, file, 'public, max-age=31536000, immutable');
    else next();
  });
  router.get(['/favicon.svg', '/theme.js'], (request, response, next) => {
    const file = files.at(request.path);
    if (file) send(request, response, file, 'no-cache');
    else next();
  });
  return router;
}

function send(request: Request, response: Response, file: BuiltFile, cacheControl: string): void {
  const zipped = request.acceptsEncodings('gzip', 'identity') === 'gzip' && file.gzip.length < file.bytes.length;
  response.vary('Accept-Encoding').set({
    'content-type': file.type,
    'cache-control': cacheControl,
    'x-content-type-options': 'nosniff',
    etag: `"${file.sha256}${zipped ? '-gzip' : ''}"`,
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  });
  if (request.fresh) {
    response.removeHeader('content-encoding');
    response.status(304).end();
    return;
  }
  const body = zipped ? file.gzip : file.bytes;
  response.set('content-length', String(body.length));
  response.end(request.method === 'HEAD' ? undefined : body);
}
