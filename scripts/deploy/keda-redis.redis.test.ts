/** KEDA that looks into Redis itself, as docs/deploy.md has it: valid, and it counts what the API counts. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startTestApiWithRedis, type TestApiWithRedis } from '../../api/testing/api.ts';
import { createFakeWorker, type FakeWorker } from '../../api/testing/fake-worker.ts';
import { codeOf } from '../testing/guide.ts';
import { faultsBySchemas, faultsByTypes, type KubernetesObject } from './overlay.ts';

interface RedisTrigger {
  type: string;
  name: string;
  metadata: { address: string; listName: string; listLength: string };
  authenticationRef: { name: string };
}

const [code = ''] = codeOf('docs/deploy.md', 'yaml', 'Kubernetes').filter((block) => block.includes('type: redis'));
const objects = parseAllDocuments(code, { merge: true }).map((document) => document.toJS() as KubernetesObject);
const spec = objects.find(({ kind }) => kind === 'ScaledObject')?.spec;
const triggers = spec.triggers as RedisTrigger[];

let api: TestApiWithRedis;
let worker: FakeWorker;
beforeEach(async () => {
  api = await startTestApiWithRedis();
  worker = createFakeWorker(api.server.url);
});
afterEach(async () => {
  await worker.close();
  await api.close();
});

test('is valid by the schemas of Kubernetes and KEDA, and reads the password by its name', async () => {
  expect(await faultsBySchemas(objects)).toEqual([]);
  expect(faultsByTypes(objects)).toBe('');
  expect(spec.advanced.scalingModifiers.formula.match(/\w+/g).slice(1)).toEqual(triggers.map(({ name }) => name));
  const names = new Set(triggers.map(({ authenticationRef }) => authenticationRef.name));
  const authentication = objects.filter(({ kind }) => kind === 'TriggerAuthentication');
  expect([...names]).toEqual(authentication.map(({ metadata }) => metadata.name));
});

/** A list by its length, a sorted set by its members: what KEDA's scaler does. */
async function count({ metadata: { listName } }: RedisTrigger): Promise<number> {
  const type = await api.redis.type(listName);
  return type === 'zset' ? api.redis.zcard(listName) : api.redis.llen(listName);
}

test('counts jobs that wait, were given back, run, or are between two attempts, each once', async () => {
  for (let i = 0; i < 4; i += 1) await api.client.submit({ kind: 'train' });
  const failing = await worker.take();
  await failing.attempt.fail('trainer-died', 'killed', false);
  await failing.queued.moveToFailed(new Error('killed'), failing.token);
  const returned = await worker.take();
  await worker.take();
  await returned.attempt.giveBack('the worker stops');
  await returned.queued.moveToWait(returned.token);
  const counted = await Promise.all(triggers.map(async (trigger) => [trigger.name, await count(trigger)]));
  expect(counted).toEqual([
    ['wait', 0],
    ['prioritized', 2],
    ['delayed', 1],
    ['active', 1],
    ['evalWait', 0],
    ['evalPrioritized', 0],
    ['evalDelayed', 0],
    ['evalActive', 0],
  ]);
});
