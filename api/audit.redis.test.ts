/** Who did what, and who was refused, as an admin reads it. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { keys as redisKeys } from '../shared/keys.ts';
import { until } from '../shared/testing/processes.ts';
import { newKey } from './access/keys.ts';
import { TrainyardClient } from './client.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { postLogin, signIn } from './testing/browser-session.ts';
import { createFakeWorker } from './testing/fake-worker.ts';
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
const told = async (of?: 'access') =>
  (await admin.audit({ of })).entries
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
    of('the-admin', 'cancel'),
    of('the-admin', 'delete'),
  ]);
  expect(await told('access')).toEqual([of('the-admin', 'delete', 'job-not-ended')]);
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

it('takes a submission that was sent again for none, and a list of which nothing came for what hindered it', async () => {
  const once = { idempotencyKey: 'k' };
  await submitter.submit({ kind: 'train' }, once);
  await submitter.submit({ kind: 'train' }, once);
  const list = [{ kind: 'train' }, { kind: 'train', spec: { from: { jobId: 'j0mwu99p1i8f2ab7ca05' } } }] as const;
  await submitter.submitMany(list.slice(1));
  await submitter.submitMany([...list]);
  const done = { action: 'submit', outcome: 'done', jobIds: [expect.any(String)] };
  expect(await told()).toMatchObject([done, done]);
  expect(await told('access')).toMatchObject([{ action: 'submit', outcome: 'job-not-found', jobIds: [] }]);
});

it('takes a cancellation for none where the job was cancelled, or asked to be, before', async () => {
  const worker = createFakeWorker(api.server.url);
  try {
    const active = await submitter.submit({ kind: 'train' });
    await worker.take();
    const waiting = await submitter.submit({ kind: 'train' });
    for (let time = 0; time < 3; time += 1) {
      const both = await Promise.all([submitter.cancel(active.id), submitter.cancel(active.id)]);
      expect(both).toMatchObject([{ state: 'active' }, { state: 'active' }]);
      expect(await submitter.cancel(waiting.id)).toMatchObject({ state: 'cancelled' });
    }
    const of = (action: string, { id }: { id: string }) => ({ action, outcome: 'done', jobIds: [id] });
    expect(await told()).toMatchObject([
      of('submit', active),
      of('submit', waiting),
      of('cancel', active),
      of('cancel', waiting),
    ]);
    expect(await told('access')).toEqual([]);
  } finally {
    await worker.close();
  }
});

it('tells who signed in and out, who was refused, and what was changed on the board', async () => {
  await postLogin(api, { key: 'ty_secret-that-must-not-be-told' });
  const { headers } = await signIn(api, keys.admin);
  await api.request('/admin/queues/api/queues/train-cpu/pause', { method: 'PUT', headers });
  await until(async () => (await told()).length === 1, { what: 'the change is told' });
  await api.request('/admin/queues/api/queues/train-cpu/resume', {
    method: 'PUT',
    headers: { cookie: headers.cookie },
  });
  await api.request('/logout', { method: 'POST', headers });
  await api.get('/v1/jobs', headers);
  await api.get('/v1/jobs');
  await api.get('/v1/jobs', bearer('ty_secret-that-must-not-be-told'));
  await api.get('/v1/audit', bearer(keys.viewer));
  expect(await told()).toEqual([{ actor: 'the-admin', action: 'board', outcome: 'done', jobIds: [] }]);
  expect((await told('access')).map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
    [null, 'sign-in', 'not-authenticated'],
    ['the-admin', 'sign-in', 'done'],
    ['the-admin', 'request', 'forgery-suspected'],
    ['the-admin', 'sign-out', 'done'],
    // a session that is over, no key, and a wrong one
    ...Array(3).fill([null, 'request', 'not-authenticated']),
    ['the-viewer', 'request', 'role-not-allowed'],
  ]);
  expect(JSON.stringify(await api.redis.xrange(redisKeys.auditOfAccess, '-', '+'))).not.toContain('secret');
});

it('is not filled by whoever is refused again and again, and says how often that was', async () => {
  await submitter.submit({ kind: 'train' });
  for (let attempt = 0; attempt < 13; attempt += 1) {
    await postLogin(api, { key: 'wrong' });
    await api.post('/v1/predict', {});
    await api.get('/v1/audit', bearer(keys.viewer));
    await expect(submitter.cancel('j0mwu99p1i8f2ab7ca05')).rejects.toMatchObject({ code: 'job-not-found' });
  }
  const entries = await told('access');
  const of = (actor: string | null, action: string) =>
    entries.filter((entry) => entry.actor === actor && entry.action === action);
  const refused = [
    of(null, 'sign-in'),
    of(null, 'request'),
    of('the-viewer', 'request'),
    of('the-submitter', 'cancel'),
  ];
  for (const part of refused) expect(part).toHaveLength(10);
  expect(await told()).toHaveLength(1);
  // as a minute later
  await api.redis.del(redisKeys.auditCount('request:key the-viewer'));
  await api.get('/v1/audit', bearer(keys.viewer));
  expect((await admin.audit({ of: 'access', limit: 1 })).entries).toMatchObject([{ actor: 'the-viewer', leftOut: 3 }]);
});

it('has no key, wherever one was sent, and nothing long', async () => {
  const key = newKey();
  const headers = { ...bearer(keys.submitter), 'x-request-id': key };
  await api.request(`/v1/jobs/x%20${key}/cancel`, { method: 'POST', headers });
  await api.request(`/v1/jobs/${'x'.repeat(150)}${key}`, { method: 'DELETE', headers });
  await api.get(`/v1/jobs/${key}`);
  const entries = [...(await admin.audit()).entries, ...(await admin.audit({ of: 'access' })).entries];
  expect(entries).toHaveLength(3);
  expect(JSON.stringify(entries)).not.toContain(key.slice(0, 10));
  for (const { request, jobIds } of entries) {
    expect(request.length).toBeLessThanOrEqual(200);
    for (const id of jobIds) expect(id.length).toBeLessThanOrEqual(50);
  }
});

it('tells of a change on the board whose client left before the answer', async () => {
  const connection = new AbortController();
  // Nothing is written, so nothing answered, until the client has left; its own connection waits then.
  const other = api.redis.duplicate({ enableOfflineQueue: true });
  try {
    await other.call('CLIENT', 'PAUSE', 60_000, 'WRITE');
    const left = api
      .request('/admin/queues/api/queues/train-cpu/pause', {
        method: 'PUT',
        headers: bearer(keys.admin),
        signal: connection.signal,
      })
      .catch(() => 'left');
    await api.get('/healthz');
    connection.abort();
    expect(await left).toBe('left');
    const seen = async () => /method="PUT",route="other",status="4xx"/.test(await api.registry.metrics());
    await until(seen, { what: 'the API has seen it leave', everyMs: 1 });
  } finally {
    await other.call('CLIENT', 'UNPAUSE');
    other.disconnect();
  }
  await until(async () => (await told()).length === 1, { what: 'the change is told' });
  expect(await told()).toMatchObject([{ actor: 'the-admin', action: 'board', outcome: '499' }]);
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
