/**
 * Serves the dashboard as Vite built it. Its files are read once, at the first request, so that a build beside a
 * running API never mixes two builds.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Request, type Response, Router } from 'express';
import { HttpError } from '../shared/errors.ts';
import { packageFile } from '../shared/package-root.ts';
import { DASHBOARD_PAGES } from './dashboard-pages.ts';
import { refuseMethod } from './mount.ts';

const BUILT = packageFile('dist/api/dashboard-assets');
const PAGE = '/index.html';

/** No inline scripts; styles that components set on their elements are inline ones. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

interface BuiltFile {
  type: string;
  bytes: Buffer;
  gzip: Buffer;
  sha256: string;
}

/** @param folder where Vite has put its output */
export function createDashboard(folder = BUILT): Router {
  let files: Map<string, BuiltFile> | null = null;

  function fileAt(path: string): BuiltFile | undefined {
    files ??= existsSync(join(folder, PAGE)) ? readBuilt(folder) : null;
    if (files === null) {
      throw new HttpError(503, 'dashboard-not-built', 'the dashboard is not built here: `npm run build` makes it');
    }
    return files.get(path);
  }

  const router = Router({ caseSensitive: true, strict: true });
  for (const path of Object.values(DASHBOARD_PAGES)) {
    const page = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    page.get((request, response) => {
      response.set('content-security-policy', CONTENT_SECURITY_POLICY);
      send(request, response, fileAt(PAGE) as BuiltFile, 'no-cache');
    });
    page.all(refuseMethod([{ method: 'get' }]));
  }
  // A hash of the content is part of the name.
  router.get('/assets/:name', (request, response, next) => {
    const file = fileAt(`/assets/${request.params.name}`);
    if (file) send(request, response, file, 'public, max-age=31536000, immutable');
    else next();
  });
  router.get(['/favicon.svg', '/theme.js'], (request, response, next) => {
    const file = fileAt(request.path);
    if (file) send(request, response, file, 'no-cache');
    else next();
  });
  return router;
}

function readBuilt(folder: string): Map<string, BuiltFile> {
  const files = new Map<string, BuiltFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('base64url');
    files.set(`/${relative(folder, path).split(sep).join('/')}`, { type, bytes, gzip: gzipSync(bytes), sha256 });
  }
  return files;
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
