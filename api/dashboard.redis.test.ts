/** The dashboard as the API serves it, and how much of it the first load takes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JobRequest } from '../shared/jobs.ts';
import { packageFile } from '../shared/package-root.ts';
import { createLogger } from '../shared/process.ts';
import { createBuiltFiles } from './built-files.ts';
import { createDashboard } from './dashboard.ts';
import { createFailureLog } from './failure-log.ts';
import { listen } from './listen.ts';
import { createErrorHandler } from './problem.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { sendRaw } from './testing/raw-http.ts';

/** For everything that the list of jobs needs, compressed. */
const BUDGET_BYTES = 150_000;
const built = (path: string) => readFileSync(packageFile(`dist/api/dashboard-assets/${path}`));

let api: TestApiWithRedis;
beforeAll(async () => {
  api = await startTestApiWithRedis();
});
afterAll(async () => {
  await api.close();
});

test.each(['/', '/jobs/j1', '/submit', '/compare?ids=a,b', '/playground'])('%s is the dashboard', async (path) => {
  const { status, headers, body } = await api.get(path);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'; ");
  expect(body).toBe(built('index.html').toString());
  expect(body).not.toMatch(/<script(?![^>]* src=)/);
});

test.each(['/nowhere', '/jobs', '/submit/', '/index.html', '/manifest.json', '/assets/none.js', '/v1/nothing'])(
  '%s is not',
  async (path) => {
    const { status, body } = await api.get(path);
    expect([status, body.code]).toEqual([404, 'not-found']);
  },
);

test('files named by their content are kept for ever, and come compressed for those who take it', async () => {
  const path = /\/assets\/index-[\w-]+\.js/.exec(built('index.html').toString())?.[0] ?? '';
  const plain = await api.get(path, { 'accept-encoding': 'identity' });
  const zipped = await api.get(path, { 'accept-encoding': 'gzip, br' });
  expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(plain.headers.get('content-encoding')).toBe(null);
  expect(zipped.headers.get('content-encoding')).toBe('gzip');
  expect(plain.body).toBe(built(path).toString());
  expect(zipped.body).toBe(plain.body);
  expect(zipped.headers.get('etag')).not.toBe(plain.headers.get('etag'));
});

test('what a browser has is not sent again', async () => {
  const { headers } = await api.get('/', { 'accept-encoding': 'gzip' });
  const request = `GET / HTTP/1.1\r\naccept-encoding: gzip\r\nif-none-match: ${headers.get('etag')}`;
  const { status, body } = await sendRaw(api.url, request);
  expect([status, body]).toEqual([304, '']);
});

test('where it is not built, the API says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-no-dashboard-'));
  const app = express()
    .use(createDashboard(createBuiltFiles(folder)))
    .use(createErrorHandler(createFailureLog(createLogger('test', 'silent'))));
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 });
  const answer = await fetch(`${url}/`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: 'dashboard-not-built', title: 'The dashboard is not built' });
  await close();
  rmSync(folder, { recursive: true });
});

test(`the first load of the list takes less than ${BUDGET_BYTES / 1000} kB`, () => {
  const chunks = JSON.parse(built('manifest.json').toString()) as Record<
    string,
    { file: string; css?: string[]; imports?: string[] }
  >;
  const needed = new Set(['index.html', 'theme.js', 'favicon.svg']);
  function need(name: string): void {
    const { file, css = [], imports = [] } = chunks[name] as (typeof chunks)[string];
    if (needed.has(file)) return;
    for (const path of [file, ...css]) needed.add(path);
    imports.forEach(need);
  }
  need('index.html');
  need('pages/jobs/index.tsx');
  const sizes = Object.fromEntries([...needed].map((path) => [path, gzipSync(built(path)).length]));
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  expect(total, JSON.stringify(sizes, null, 2)).toBeLessThan(BUDGET_BYTES);
});

test('the form has the schema of a submission in it, and not zod', () => {
  const scripts = readdirSync(packageFile('dist/api/dashboard-assets/assets')).filter((name) => name.endsWith('.js'));
  const code = scripts.map((name) => built(`assets/${name}`).toString()).join('');
  expect(code).toContain(JobRequest.options[0].shape.priority.description);
  expect(code).not.toContain('_zod');
});
