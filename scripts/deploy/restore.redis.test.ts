/** What docs/operations.md does with files of Redis before one is started: deploy/restore-redis.sh, redis-check-aof. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';
import { findTestRedisServer } from '../../shared/testing/redis.ts';
import { startRedis } from '../setup/redis.mjs';
import { faultsBySchemas, faultsByTypes } from './overlay.ts';

const server = await findTestRedisServer();
const PATH = `${server.kind === 'binary' ? dirname(server.path) : ''}:${process.env.PATH}`;

let folder: string;
let snapshot: Buffer;
beforeAll(async () => {
  snapshot = await takeSnapshot();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-restore-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: string[], input: Buffer | string) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    env: { ...process.env, PATH },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}
const restore = (snapshot: Buffer) => run('sh', [packageFile('deploy/restore-redis.sh'), folder], snapshot);

/** With 40 bytes more than the snapshot, as the documented command gives it, of a Redis with one key. */
async function takeSnapshot(): Promise<Buffer> {
  const dir = mkdtempSync(join(tmpdir(), 'trainyard-snapshot-'));
  const source = await startRedis({ server, dir });
  const redis = new Redis(source.url);
  // It waits 5 s for more who want the same.
  await redis.config('SET', 'repl-diskless-sync-delay', '0');
  await redis.set('key', 'of the snapshot');
  const { stdout } = spawnSync('redis-cli', ['-u', source.url, '--rdb', '-'], { env: { ...process.env, PATH } });
  redis.disconnect();
  await source.stop();
  rmSync(dir, { recursive: true, force: true });
  return stdout;
}

async function readKey(): Promise<string | null> {
  const restored = await startRedis({ server, dir: folder });
  const redis = new Redis(restored.url);
  const value = await redis.get('key');
  redis.disconnect();
  await restored.stop();
  return value;
}

test('a snapshot that is damaged, or cut off, changes nothing', async () => {
  for (const damaged of [snapshot.subarray(0, snapshot.length / 2), Buffer.alloc(0), Buffer.from('no snapshot')]) {
    expect(restore(damaged).status).not.toBe(0);
    expect(existsSync(join(folder, 'appendonlydir'))).toBe(false);
  }
  expect(restore(snapshot)).toMatchObject({ status: 0 });
  expect(await readKey()).toBe('of the snapshot');
});

test('what a Redis has already is not written over', async () => {
  restore(snapshot);
  const before = readdirSync(join(folder, 'appendonlydir'));
  const again = restore(snapshot);
  expect(again.status).toBe(1);
  expect(again.output).toContain('appendonlydir is there already');
  expect(readdirSync(join(folder, 'appendonlydir'))).toEqual(before);
});

test('an append-only file that a crash has damaged is cut at the damage', async () => {
  restore(snapshot);
  expect(await readKey()).toBe('of the snapshot');
  const place = join(folder, 'appendonlydir');
  const increment = readdirSync(place).find((name) => name.endsWith('.incr.aof')) ?? expect.fail('no increment');
  appendFileSync(join(place, increment), '*3\r\n$3\r\nSET\r\n$9999\r\nnot a key\r\n*1\r\n');
  const manifest = join(place, 'appendonly.aof.manifest');
  expect(run('redis-check-aof', [manifest], '').status).not.toBe(0);
  expect(run('redis-check-aof', ['--fix', manifest], 'y\n')).toMatchObject({ status: 0 });
  expect(run('redis-check-aof', [manifest], '')).toMatchObject({ status: 0 });
  expect(await readKey()).toBe('of the snapshot');
});

test('the pod of a restore is valid, restricted, and on the volume of Redis, with its tools', async () => {
  const read = (path: string) => readFileSync(packageFile(path), 'utf8');
  const pod = parse(read('k8s/restore/pod.yaml'));
  expect(await faultsBySchemas([pod])).toEqual([]);
  expect(faultsByTypes([pod])).toBe('');
  expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  const [container] = pod.spec.containers;
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(read('k8s/base/redis.yaml')).toContain(`image: ${container.image}\n`);
  expect(pod.spec.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'data-redis-0' } }]);
});
