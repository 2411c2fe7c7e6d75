/** Who did what, and who was refused, as an admin reads it. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { keys as redisKeys } from '../shared/keys.ts';
import { until } from '../shared/testing/processes.ts';
import { TrainyardClient } from './client.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { postLogin, signIn } from './testing/browser-session.ts';
import { bearer, makeTestKeys, type TestKeys } from './testing/keys.ts';

let api: TestApiWithRedis;
let keys: TestKeys;
let admin: TrainyardClient;
let submitter: TrainyardClient;

beforeAll(async () => {
  keys = makeTestKeys();
  api = await startTestApiWithRedis({ keys: keys.ring });
  admin = new TrainyardClient({ baseUrl: api.url, apiKey: keys.admin });
  submitter = new TrainyardClient({ baseUrl: api.url, apiKey: keys.submitter, headers: { 'x-request-id': 'mine-1' } });
});
afterAll(async () => {
  await api.close();
  keys.clear();
});
beforeEach(async () => {
  await api.redis.flushall();
});

/** Oldest first. */
const told = async () =>
  (await admin.audit()).entries
    .map(({ actor, action, outcome, jobIds }) => ({ actor, action, outcome, jobIds }))
    .reverse();

it('tells who submitted, cancelled, retried and deleted which jobs, and what came of it', async () => {
  const { id } = await submitter.submit({ kind: 'train' });
  await submitter.dryRun({ kind: 'train' });
  await submitter.cancel(id);
  await admin.retry(id);
  await expect(admin.remove(id)).rejects.toMatchObject({ code: 'job-not-ended' });
  await admin.cancel(id);
  await admin.remove(id);
  const of = (actor: string, action: string, outcome = 'done') => ({ actor, action, outcome, jobIds: [id] });
  expect(await told()).toEqual([
    of('the-submitter', 'submit'),
    of('the-submitter', 'cancel'),
    of('the-admin', 'retry'),
    of('the-admin', 'delete', 'job-not-ended'),
    of('the-admin', 'cancel'),
    of('the-admin', 'delete'),
  ]);
  const first = (await admin.audit()).entries.at(-1);
  expect(first).toMatchObject({ role: 'submitter', request: 'POST /v1/jobs', jobs: 1, requestId: 'mine-1' });
  expect(first?.address).toContain('127.0.0.1');
});

it('tells of a list of jobs as of one request', async () => {
  await submitter.submitMany(Array.from({ length: 30 }, () => ({ kind: 'train' })));
  const { entries } = await admin.audit();
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ action: 'submit', jobs: 30 });
  expect(entries[0]?.jobIds).toHaveLength(20);
});

it('tells who signed in and out, who was refused, and what was changed on the board', async () => {
  await postLogin(api, { key: 'ty_secret-that-must-not-be-told' });
  const { headers } = await signIn(api, keys.admin);
  await api.request('/admin/queues/api/queues/train-cpu/pause', { method: 'PUT', headers });
  await until(async () => (await told()).at(-1)?.action === 'board', { what: 'the change is told' });
  await api.request('/admin/queues/api/queues/train-cpu/resume', {
    method: 'PUT',
    headers: { cookie: headers.cookie },
  });
  await api.request('/logout', { method: 'POST', headers });
  await api.get('/v1/jobs', bearer('ty_secret-that-must-not-be-told'));
  await api.get('/v1/audit', bearer(keys.viewer));
  expect((await told()).map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
    [null, 'sign-in', 'not-authenticated'],
    ['the-admin', 'sign-in', 'done'],
    ['the-admin', 'board', 'done'],
    ['the-admin', 'request', 'forgery-suspected'],
    ['the-admin', 'sign-out', 'done'],
    [null, 'request', 'not-authenticated'],
    ['the-viewer', 'request', 'role-not-allowed'],
  ]);
  expect(JSON.stringify(await api.redis.xrange(redisKeys.audit, '-', '+'))).not.toContain('secret');
});

it('is not filled by whoever tries to sign in again and again', async () => {
  for (let attempt = 0; attempt < 13; attempt += 1) await postLogin(api, { key: 'wrong' });
  expect(await told()).toHaveLength(10);
});

it('is read page by page, newest first, each entry once', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) ids.unshift((await submitter.submit({ kind: 'train' })).id);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await admin.audit({ limit: 2, cursor });
    found.push(...page.entries.flatMap(({ jobIds }) => jobIds));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(found).toEqual(ids);
});
