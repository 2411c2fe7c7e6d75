/** Backup and restore as docs/operations.md has them: its very commands, with a real Redis, real files and real jobs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCheckpointStore } from '../../shared/checkpoints/open-store.ts';
import { createJobStore } from '../../shared/job-store.ts';
import type { JobId } from '../../shared/jobs.ts';
import { packageFile } from '../../shared/package-root.ts';
import { connectForWorker } from '../../shared/redis.ts';
import { startProcess, until } from '../../shared/testing/processes.ts';
import { findTestRedisServer } from '../../shared/testing/redis.ts';
import { startYard, type Yard } from '../../worker/testing/yard.ts';
import { startRedis } from '../setup/redis.mjs';
import { codeOf } from '../testing/guide.ts';

const SPEC = { epochs: 2, trainSize: 320, validationSize: 32 } as const;

let yard: Yard;
let folder: string;
beforeEach(async () => {
  yard = await startYard();
  folder = mkdtempSync(join(tmpdir(), 'trainyard-backup-'));
});
afterEach(async () => {
  await yard.close();
  rmSync(folder, { recursive: true, force: true });
});

function follow(section: 'Backup' | 'Restore', env: Record<string, string>): void {
  const commands = codeOf('docs/operations.md', 'sh', section).join('').replaceAll('deploy/', packageFile('deploy/'));
  const { status, stderr } = spawnSync('sh', ['-euc', commands], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
}

test('a yard restored from its backup has every job and checkpoint, and goes on with what waited', async () => {
  const worker = await yard.worker('before');
  const done = await yard.submit(SPEC);
  const before = await yard.ended(done);
  worker.kill('SIGTERM');
  await worker.exited;
  const waiting = await yard.submit(SPEC);

  follow('Backup', { REDIS_URL: yard.server.url, DATA_DIR: yard.folder });
  const late = await yard.submit(SPEC);

  const places = { REDIS_DIR: join(folder, 'redis'), DATA_DIR: join(folder, 'data') };
  for (const place of Object.values(places)) mkdirSync(place);
  follow('Restore', places);

  const server = await startRedis({ server: await findTestRedisServer(), dir: places.REDIS_DIR });
  const redis = connectForWorker(server.url);
  const second = startProcess({
    script: 'worker/main.js',
    env: { REDIS_URL: server.url, DATA_DIR: places.DATA_DIR, CHECKPOINT_STORE: undefined, WORKER_NAME: 'after' },
  });
  try {
    const store = createJobStore(redis);
    expect(await store.get(done)).toEqual(before);
    expect(await store.get(late)).toBeNull();
    const checkpoints = openCheckpointStore(`file:${join(places.DATA_DIR, 'checkpoints')}`);
    const kept = await store.checkpoints(done);
    expect(kept.length).toBeGreaterThan(0);
    for (const { name } of kept) expect((await checkpoints.load(done, name)).tensors.size).toBeGreaterThan(0);

    const state = async (id: JobId) => (await store.get(id))?.record.state;
    await until(async () => (await state(waiting)) === 'completed', {
      what: 'the job that waited is completed',
      timeoutMs: 90_000,
    });
    const [first, again] = [await store.get(done), await store.get(waiting)];
    expect(again?.record.result).toMatchObject({ parametersSha256: hashOf(first) });
    expect(again?.attempts.map(({ worker: name }) => name)).toEqual(['after']);
  } finally {
    second.kill('SIGKILL');
    await second.exited;
    redis.disconnect();
    await server.stop();
  }
});

function hashOf(job: Awaited<ReturnType<ReturnType<typeof createJobStore>['get']>>): unknown {
  return (job?.record.result as { parametersSha256?: string } | null)?.parametersSha256;
}
