/** Every route × every role, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { includesRole, ROLES, type Role } from './access/roles.ts';
import { TrainyardClient } from './client.ts';
import { roleOf } from './route.ts';
import { routes } from './routes.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { bearer, makeTestKeys, type TestKeys } from './testing/keys.ts';

let api: TestApiWithRedis;
let keys: TestKeys;

beforeAll(async () => {
  keys = makeTestKeys();
  api = await startTestApiWithRedis({ keys: keys.ring });
});
afterAll(async () => {
  await api.close();
  keys.clear();
});

/** The head of an answer; a stream is not waited for. */
async function ask(method: string, path: string, headers: Record<string, string>) {
  const response = await fetch(`${api.url}${path}`, { method, headers });
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  if (isProblem)
    return {
      status: response.status,
      headers: response.headers,
      code: ((await response.json()) as { code: string }).code,
    };
  await response.body?.cancel();
  return { status: response.status, headers: response.headers, code: null };
}

const table = routes.map((route) => ({
  method: route.method.toUpperCase(),
  path: route.path.replaceAll(/\{\w+\}/g, 'none'),
  needed: roleOf(route),
}));
const elsewhere = [
  { method: 'GET', path: '/openapi.json', needed: 'viewer' as const },
  { method: 'GET', path: '/docs', needed: 'viewer' as const },
];

describe.each([...table, ...elsewhere])('$method $path is for: $needed', ({ method, path, needed }) => {
  it.each([
    ['no key', {}, undefined],
    ['a key that is none of ours', bearer('ty_0000000000000000000000000000000000000000000'), 'invalid_token'],
    ['another scheme', { authorization: 'Basic dTpw' }, 'invalid_token'],
  ])('%s', async (_name, headers: Record<string, string>, error) => {
    const answer = await ask(method, path, headers);
    if (needed === 'anyone') expect(answer.status).toBe(200);
    else {
      expect(answer).toMatchObject({ status: 401, code: 'not-authenticated' });
      const challenge = answer.headers.get('www-authenticate');
      expect(challenge).toContain('Bearer realm="Trainyard"');
      if (error) expect(challenge).toContain(error);
    }
  });

  it.each(ROLES)('%s', async (role: Role) => {
    const { status, code } = await ask(method, path, bearer(keys[role]));
    if (needed === 'anyone' || includesRole(role, needed)) expect([401, 403]).not.toContain(status);
    else expect({ status, code }).toEqual({ status: 403, code: 'role-not-allowed' });
  });
});

it('why it is not ready, or what it warns of, the API tells to who has a key', async () => {
  const parts = { status: 'ready', redis: 'ok', checkpointStore: 'ok' };
  for (const headers of [{}, bearer('ty_0000000000000000000000000000000000000000000')]) {
    expect((await api.get('/readyz', headers)).body).toEqual(parts);
  }
  const details = { redis: null, warnings: [], checkpointStore: null };
  expect((await api.get('/readyz', bearer(keys.viewer))).body).toEqual({ ...parts, details });
});

it('the client sends its key, and hears who it is', async () => {
  const client = new TrainyardClient({ baseUrl: api.url, apiKey: keys.submitter });
  expect(await client.me()).toEqual({ name: 'the-submitter', role: 'submitter', by: 'key' });
  const { id } = await client.submit({ kind: 'train' });
  for await (const event of client.events(id)) {
    expect(event).toMatchObject({ type: 'state', state: 'waiting' });
    break;
  }
  const viewer = new TrainyardClient({ baseUrl: api.url, apiKey: keys.viewer });
  await expect(viewer.cancel(id)).rejects.toMatchObject({ status: 403, code: 'role-not-allowed' });
});

it('an Idempotency-Key is of its caller: it gives nobody the job of another', async () => {
  const submit = (apiKey: string) =>
    new TrainyardClient({ baseUrl: api.url, apiKey }).submit({ kind: 'train' }, { idempotencyKey: 'mine' });
  const [first, again, other] = [await submit(keys.submitter), await submit(keys.submitter), await submit(keys.admin)];
  expect(again.id).toBe(first.id);
  expect(other.id).not.toBe(first.id);
});
