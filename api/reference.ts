/** What the API says of itself: /openapi.json, and /docs, which shows it with Swagger UI, from this process alone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express, { Router } from 'express';
import { refuseMethod } from './mount.ts';
import { createOpenApi } from './openapi.ts';
import type { Route } from './route.ts';
import { contentSecurityPolicy } from './security-headers.ts';

export const OPENAPI_PATH = '/openapi.json';
export const DOCS_PATH = '/docs';

const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const SWAGGER_UI_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

export function createReference(routes: readonly Route[]): Router {
  const document = createOpenApi(routes);
  // The version is part of the address, so that browsers may keep the files for ever.
  const { version } = JSON.parse(readFileSync(`${SWAGGER_UI}/package.json`, 'utf8')) as { version: string };
  const assets = `${DOCS_PATH}/swagger-ui-${version}`;
  const page = createPage(assets);

  const router = Router({ caseSensitive: true });
  router.get(OPENAPI_PATH, (_request, response) => {
    response.set('cache-control', 'private, no-cache').json(document);
  });
  router.get(DOCS_PATH, (_request, response) => {
    response.set({ 'content-security-policy': POLICY, 'cache-control': 'private, no-cache' }).type('html').send(page);
  });
  router.get(`${DOCS_PATH}/show.js`, (_request, response) => {
    response.set('cache-control', 'private, no-cache').type('js').send(SHOW);
  });
  router.all([OPENAPI_PATH, DOCS_PATH], refuseMethod([{ method: 'get' }]));
  for (const file of SWAGGER_UI_FILES) {
    router.use(`${assets}/${file}`, express.static(`${SWAGGER_UI}/${file}`, { immutable: true, maxAge: '1y' }));
  }
  return router;
}

/** Swagger UI sets styles by itself, and holds its icons as data. */
const POLICY = contentSecurityPolicy({
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
});

function createPage(assets: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Trainyard: API reference</title>
    <link rel="icon" href="${assets}/favicon-32x32.png">
    <link rel="stylesheet" href="${assets}/swagger-ui.css">
  </head>
  <body>
    <div id="reference"></div>
    <noscript>This page needs JavaScript; the description itself is at <a href="${OPENAPI_PATH}">${OPENAPI_PATH}</a>.</noscript>
    <script src="${assets}/swagger-ui-bundle.js"></script>
    <script src="${DOCS_PATH}/show.js"></script>
  </body>
</html>
`;
}

/** Swagger UI has no way of its own to follow the system's light or dark. */
const SHOW = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
SwaggerUIBundle({
  url: '${OPENAPI_PATH}',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor(request) {
    const token = /(?:^|; )XSRF-TOKEN=([^;]*)/.exec(document.cookie)?.[1];
    if (token) request.headers['X-XSRF-TOKEN'] = token;
    return request;
  },
});
`;
