/** Sessions of browsers over HTTP: signing in and out, forged requests, what the board lets whom do, limits. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { keys as redisKeys } from '../shared/keys.ts';
import { until } from '../shared/testing/processes.ts';
import { hashOf } from './access/keys.ts';
import type { Role } from './access/roles.ts';
import { startTestApi, startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { postLogin, signIn } from './testing/browser-session.ts';
import { bearer, makeTestKeys, type TestKeys } from './testing/keys.ts';

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };
const BOARD = '/admin/queues';

let api: TestApiWithRedis;
let keys: TestKeys;

beforeAll(async () => {
  keys = makeTestKeys();
  api = await startTestApiWithRedis({ keys: keys.ring, limits: { wrongKeys: 3 } });
});
afterAll(async () => {
  await api.close();
  keys.clear();
});
beforeEach(async () => {
  await api.redis.flushall();
});

const as = (role: Role) => signIn(api, keys[role]);
const me = (headers: Record<string, string>) => api.get('/v1/me', headers);
const submit = (headers: Record<string, string>) =>
  api.request('/v1/jobs', {
    method: 'POST',
    body: '{"kind":"train"}',
    headers: { ...headers, 'content-type': 'application/json' },
  });

describe('signing in', () => {
  it('gives a session, in a cookie that no script reads and no other site sends', async () => {
    const { status, location, cookies, headers } = await signIn(api, keys.submitter, '/jobs/j1?tab=log');
    expect([status, location]).toEqual([303, '/jobs/j1?tab=log']);
    expect(cookies[0]).toMatch(/^trainyard=\S{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookies[1]).toMatch(/^XSRF-TOKEN=\S{43}; Path=\/; SameSite=Strict$/);
    expect((await me(headers)).body).toEqual({ name: 'the-submitter', role: 'submitter', by: 'session' });
    const stored = await api.redis.keys(redisKeys.session('*'));
    const id = /trainyard=([^;]+)/.exec(headers.cookie)?.[1] ?? '';
    expect(stored).toEqual([redisKeys.session(hashOf(id))]);
    expect(await api.redis.get(stored[0] as string)).not.toContain(keys.submitter);
    expect(await api.redis.ttl(stored[0] as string)).toBeGreaterThan(11 * 3600);
  });

  it('by a wrong key is refused on the page, where nothing of the form runs', async () => {
    const answer = await postLogin(api, { key: 'ty_wrong', to: '"><script>alert(1)</script>' });
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()).toEqual([]);
    const page = await answer.text();
    expect(page).toContain('This is not one of the keys.');
    expect(page).not.toContain('alert(1)<');
    expect(page).not.toContain('ty_wrong');
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'; ");
  });

  it.each(['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', ''])(
    'leads nowhere else: %s',
    async (to) => {
      expect((await signIn(api, keys.viewer, to)).location).toBe('/');
    },
  );

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://evil.example' },
    {},
  ])('is for a page of ours alone: %j', async (headers: Record<string, string>) => {
    const answer = await postLogin(api, { key: keys.admin }, headers);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'forgery-suspected' });
  });

  it('too often with a wrong key is refused, but locks out nobody of the same address who has one', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await postLogin(api, { key: 'wrong' })).status).toBe(401);
    }
    const answer = await postLogin(api, { key: 'wrong' });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(await answer.text()).toContain('Wait ten minutes');
    expect((await signIn(api, keys.admin)).status).toBe(303);
  });

  it('anew ends the session before', async () => {
    const before = await as('viewer');
    await postLogin(api, { key: keys.admin }, { ...SAME_ORIGIN, ...before.bare });
    expect((await me(before.headers)).status).toBe(401);
  });

  it('is where a browser without a session is led, and comes back from', async () => {
    const html = { accept: 'text/html,*/*;q=0.8' };
    const answer = await fetch(`${api.url}/docs?x=1`, { headers: html, redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login?to=%2Fdocs%3Fx%3D1']);
    expect((await api.get('/login?to=%2Fdocs')).body).toContain('value="/docs"');
    expect((await api.get(BOARD, html)).body).toContain('Sign in to Trainyard');
  });
});

describe('a session', () => {
  it('is no session any more once it is signed out, and its event streams end', async () => {
    const { headers } = await as('viewer');
    const stream = await fetch(`${api.url}/v1/events`, { headers: { ...headers, accept: 'text/event-stream' } });
    expect(stream.status).toBe(200);
    const ended = stream.text();
    expect((await api.request('/logout', { method: 'POST', headers })).status).toBe(204);
    await ended;
    expect((await me(headers)).status).toBe(401);
  });

  it('ends with its key, and so do the event streams of both', async () => {
    const { headers } = await as('submitter');
    expect((await submit(headers)).status).toBe(202);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const follow = (how: Record<string, string>) =>
      fetch(`${api.url}/v1/events`, { headers: { ...how, accept: 'text/event-stream' } });
    const streams = [await follow(headers), await follow(bearer(keys.submitter))];
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    onTestFinished(() => keys.restore());
    keys.remove('submitter');
    // as often as open streams are looked at
    vi.advanceTimersByTime(10_000);
    await Promise.all(streams.map((stream) => stream.text()));
    expect((await submit(headers)).status).toBe(401);
    expect(await api.redis.keys(redisKeys.session('*'))).toEqual([]);
  });

  it('ends after a week however much it is used', async () => {
    const { headers } = await as('viewer');
    const [key = ''] = await api.redis.keys(redisKeys.session('*'));
    const session = JSON.parse((await api.redis.get(key)) ?? '');
    await api.redis.set(key, JSON.stringify({ ...session, since: Date.now() - 8 * 24 * 3600 * 1000 }));
    expect((await me(headers)).status).toBe(401);
  });

  it.each(['no token', 'the token of another session', 'another site', 'another origin'])(
    'changes nothing for a forged request: %s',
    async (how) => {
      const [{ headers }, other] = [await as('admin'), await as('admin')];
      const forged: Record<string, Record<string, string>> = {
        'no token': { ...headers, 'x-xsrf-token': '' },
        // as if a neighbouring host had planted its own cookie, too
        'the token of another session': {
          ...headers,
          cookie: headers.cookie.replace(/XSRF-TOKEN=.*/, `XSRF-TOKEN=${other.headers['x-xsrf-token']}`),
          'x-xsrf-token': other.headers['x-xsrf-token'],
        },
        'another site': { ...headers, 'sec-fetch-site': 'same-site' },
        'another origin': {
          cookie: headers.cookie,
          'x-xsrf-token': headers['x-xsrf-token'],
          origin: 'http://x.example',
        },
      };
      const refused = await submit(forged[how] ?? {});
      expect(refused).toMatchObject({ status: 403, body: { code: 'forgery-suspected' } });
      // it spends nothing of what the user may do
      expect(refused.headers.get('ratelimit')).toMatch(/^"forged-requests"/);
      const done = await submit(headers);
      expect(done.status).toBe(202);
      expect(done.headers.get('ratelimit')).toMatch(/^"writes"; r=9999;/);
    },
  );
});

describe('the board', () => {
  const pause = (headers: Record<string, string>) =>
    api.request(`${BOARD}/api/queues/train-cpu/pause`, { method: 'PUT', headers });

  it.each(['viewer', 'submitter'] as const)('is to look at for a %s', async (role) => {
    const { headers } = await as(role);
    const { queues } = (await api.get(`${BOARD}/api/queues`, headers)).body;
    expect(queues).toMatchObject([{ readOnlyMode: true, allowRetries: false }, {}, {}]);
    expect((await pause(headers)).body).toMatchObject({ code: 'role-not-allowed' });
  });

  it('is to change things at for an admin, with the token that its page sends by itself', async () => {
    const { headers } = await as('admin');
    expect((await api.get(`${BOARD}/api/queues`, headers)).body.queues).toMatchObject([
      { readOnlyMode: false },
      {},
      {},
    ]);
    expect((await pause({ ...headers, 'x-xsrf-token': '' })).body).toMatchObject({ code: 'forgery-suspected' });
    expect((await pause(headers)).status).toBe(200);
    expect(await api.queues['train-cpu'].isPaused()).toBe(true);
  });
});

describe('limits', () => {
  /** Another process of the API, so to say. */
  async function startBeside(options: Parameters<typeof startTestApi>[1]) {
    const beside = await startTestApi(api.server.url, { keys: keys.ring, ...options });
    await until(() => beside.redis.status === 'ready', { what: 'the connection is there' });
    return beside;
  }

  it('are of a key, whoever sends it, and told in headers; looking and changing count apart', async () => {
    const small = await startTestApiWithRedis({ keys: keys.ring, limits: { reads: 2, writes: 1 } });
    const { headers } = await signIn(small, keys.admin);
    const first = await small.get('/v1/jobs', bearer(keys.admin));
    expect(first.headers.get('ratelimit-policy')).toMatch(/^"reads"; q=2; w=60; pk=:[\w+/]{16}:$/);
    expect(first.headers.get('ratelimit')).toMatch(/^"reads"; r=1; t=\d+$/);
    expect((await small.get('/v1/jobs', headers)).status).toBe(200);
    const third = await small.get('/v1/jobs', bearer(keys.admin));
    expect(third).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(third.headers.get('ratelimit')).toContain('r=0');

    const list = JSON.stringify([{ kind: 'train' }, { kind: 'train' }, { kind: 'train' }]);
    const many = { method: 'POST', body: list, headers: { ...bearer(keys.admin), 'content-type': 'application/json' } };
    expect((await small.request('/v1/jobs', many)).status).toBe(207);
    expect((await small.request('/v1/jobs', many)).status).toBe(429);
    expect((await small.get('/v1/jobs', bearer(keys.viewer))).status).toBe(200);
    expect((await small.get('/healthz')).status).toBe(200);

    // Redis loses its scripts with its memory; while it is away, there is the usual answer.
    await small.server.kill();
    expect((await small.get('/v1/jobs', bearer(keys.viewer))).body).toMatchObject({ code: 'redis-unavailable' });
    await small.server.restart();
    await until(async () => (await small.get('/v1/jobs', bearer(keys.viewer))).status !== 503, { what: 'it is back' });
    await small.close();
  });

  it('of jobs are of the jobs of a key, in lists too; what is refused is not counted', async () => {
    const small = await startBeside({ limits: { jobs: 3 } });
    const send = (body: unknown, query = '') =>
      small.request(`/v1/jobs${query}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { ...bearer(keys.submitter), 'content-type': 'application/json' },
      });
    const job = { kind: 'train' };
    const tooMany = await send([job, job, job, job]);
    expect(tooMany).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(tooMany.body.detail).toContain('jobs: 3 in 1 min');
    expect((await send([job, job])).status).toBe(207);
    const refused = await send([job, job]);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send(job, '?dryRun=true')).status).toBe(200);
    expect((await send(job)).status).toBe(202);
    expect((await send(job)).status).toBe(429);
    const audit = await small.request('/v1/audit?of=access', { headers: bearer(keys.admin) });
    expect(audit.body.entries[0]).toMatchObject({ action: 'submit', outcome: 'rate-limited', role: 'submitter' });
    await small.close();
  });

  it('cannot be counted while Redis refuses to write: one may look, and where it is full, delete', async () => {
    const { headers } = await as('submitter');
    const { id } = (await submit(headers)).body;
    const ask = (method: string, path: string, how: Record<string, string> = headers) =>
      api.request(path, { method, headers: how });
    expect((await ask('POST', `/v1/jobs/${id}/cancel`)).status).toBe(200);

    onTestFinished(async () => {
      await api.redis.config('SET', 'min-replicas-to-write', '0', 'maxmemory', '0');
    });
    await api.redis.config('SET', 'min-replicas-to-write', '1');
    expect((await ask('GET', `/v1/jobs/${id}`)).status).toBe(200);
    expect((await ask('GET', '/v1/jobs', bearer(keys.viewer))).status).toBe(200);
    expect((await submit(headers)).body).toMatchObject({ code: 'redis-unavailable' });

    await api.redis.config('SET', 'min-replicas-to-write', '0', 'maxmemory', '1');
    expect((await ask('GET', `/v1/jobs/${id}`)).status).toBe(200);
    expect((await submit(headers)).body).toMatchObject({ code: 'redis-unavailable' });
    expect((await ask('DELETE', `/v1/jobs/${id}`)).status).toBe(204);
    expect((await ask('GET', `/v1/jobs/${id}`)).status).toBe(404);
  });

  it('of event streams are of a key, and of the process', async () => {
    const small = await startBeside({ streams: { all: 2, ofKey: 1 } });
    const follow = (role: Role) =>
      fetch(`${small.url}/v1/events`, { headers: { ...bearer(keys[role]), accept: 'text/event-stream' } });
    const refused = async (answer: Response) => {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      return { status: answer.status, code: ((await answer.json()) as { code: string }).code };
    };
    const first = await follow('viewer');
    expect(first.status).toBe(200);
    expect(await refused(await follow('viewer'))).toEqual({ status: 429, code: 'too-many-streams' });
    expect((await follow('submitter')).status).toBe(200);
    expect(await refused(await follow('admin'))).toEqual({ status: 503, code: 'too-many-streams' });
    await first.body?.cancel();
    await until(async () => (await follow('viewer')).status === 200, {
      what: 'the place of the one that left is free',
    });
    const { entries } = (await small.request('/v1/audit?of=access', { headers: bearer(keys.admin) })).body;
    for (const role of ['viewer', 'admin']) {
      const told = { action: 'request', outcome: 'too-many-streams', request: 'GET /v1/events', role };
      expect(entries).toContainEqual(expect.objectContaining(told));
    }
    await small.close();
  });

  it('of wrong keys are of an address, and do not touch the right ones', async () => {
    const wrong = bearer('ty_wrong');
    for (let attempt = 0; attempt < 3; attempt += 1) expect((await me(wrong)).status).toBe(401);
    expect((await me(wrong)).status).toBe(429);
    expect((await me(bearer(keys.viewer))).status).toBe(200);
  });
});

it('every page has a policy of its own, and every answer the other headers', async () => {
  const { headers } = await as('viewer');
  const policies = new Set<string | null>();
  for (const path of ['/', '/login', '/docs', BOARD, '/v1/jobs', '/nowhere']) {
    const answer = await api.get(path, headers);
    const policy = answer.headers.get('content-security-policy');
    expect(policy, path).toMatch(
      /^default-src 'none'; .*frame-ancestors 'none'$|^default-src 'none';.*frame-ancestors 'none'/,
    );
    expect(policy, path).not.toMatch(/script-src[^;]*unsafe|\*/);
    expect(answer.headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(answer.headers.get('referrer-policy'), path).toBe('same-origin');
    policies.add(policy);
    if (path === '/v1/jobs') expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    if (path === '/nowhere') expect(answer.headers.get('cache-control')).toBe('no-store');
  }
  expect(policies.size).toBe(5);
});
