import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listen } from './listen.ts';
import { createOpenApi } from './openapi.ts';
import { createReference } from './reference.ts';
import { routes } from './routes.ts';

let server: Listening;

beforeAll(async () => {
  server = await listen(express().use(createReference(routes)), { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}${path}`, { headers });

describe('/openapi.json', () => {
  it('is the description of the API, and is not sent twice', async () => {
    const answer = await get('/openapi.json');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(createOpenApi(routes))));
    const again = await get('/openapi.json', {
      'if-none-match': answer.headers.get('etag') ?? '',
      // fetch would say no-cache otherwise
      'cache-control': 'max-age=0',
    });
    expect(again.status).toBe(304);
  });
});

describe('/docs', () => {
  it('is a page all of whose parts come from here, and may stay in the browser', async () => {
    const answer = await get('/docs');
    const page = await answer.text();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; ");
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    expect(parts).toHaveLength(5);
    for (const part of parts) {
      expect(part).toMatch(/^\/[^/]/);
      const file = await get(part);
      expect(file.status).toBe(200);
      expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(100);
      if (part.includes('swagger-ui-'))
        expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });
});
