/** Nothing is lost when the checkpoint store is away for a while, be it a folder or a bucket. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from '../../shared/event-stream.ts';
import type { JobEvent } from '../../shared/events.ts';
import type { JobId } from '../../shared/jobs.ts';
import { startFaultyProxy } from '../../shared/testing/faulty-proxy.ts';
import { TWELVE_STEPS } from '../../shared/testing/jobs.ts';
import { until } from '../../shared/testing/processes.ts';
import { scrape } from '../../shared/testing/prometheus.ts';
import { describeS3, startTestS3 } from '../../shared/testing/s3.ts';
import { liveWorkers } from '../../shared/workers.ts';
import { isEpoch, SOME_SECONDS, undisturbed } from '../testing/disturbed.ts';
import { startWorker, trainersReplaced } from '../testing/watched.ts';
import { startYard, type Yard } from '../testing/yard.ts';

interface FrailStore {
  url: string;
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** Two checkpoints are due, after half of the epochs and at the end; that changes no bit of it. */
const TWO_DUE = { ...SOME_SECONDS, checkpoint: { everyEpochs: 4, keepLast: 3 } } as const;

type Log = Extract<JobEvent, { type: 'log' }>;
const isHeld = (event: JobEvent): event is Log => event.type === 'log' && event.message.includes('is tried again');

describe('a folder', () => describeAway(startFrailFolder));
describeS3('a bucket', () => describeAway(startFrailBucket));

function describeAway(startStore: () => Promise<FrailStore>): void {
  let store: FrailStore;
  let yard: Yard;
  beforeEach(async () => {
    store = await startStore();
    yard = await startYard(store.url);
  });
  afterEach(async () => {
    await yard.close();
    await store.close();
  });

  const logs = async (id: JobId) =>
    (await readEvents(yard.redis, id)).flatMap(({ event }) => (event.type === 'log' ? event.message : []));

  it('that is away when a checkpoint is due: training goes on, and it is saved when the store is back', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const worker = await yard.worker('worker');
    const id = await yard.submit(TWO_DUE);
    await yard.event(id, isEpoch(1));
    await store.goDown();
    await yard.event(id, isHeld);
    await yard.event(id, isEpoch(5));
    expect(await yard.store.checkpoints(id)).toEqual([]);
    await store.comeBack();
    expect(await yard.bits(id)).toEqual(expected);
    const { record, attempts } = await yard.ended(id);
    expect(record.failures).toBe(0);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['completed']);
    expect((await yard.store.checkpoints(id)).map(({ cursor }) => cursor.epoch)).toEqual([8, 4]);
    const said = await logs(id);
    expect(said.filter((line) => line.includes('is tried again'))).toHaveLength(1);
    expect(worker.output()).toContain('cannot be saved and is tried again');
    expect(said.filter((line) => line.includes('can be used again'))).toHaveLength(1);
  });

  it('that is away at the end: the job is completed once the store is back', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    await yard.worker('worker');
    const id = await yard.submit(TWO_DUE);
    await yard.event(id, isEpoch(5));
    await store.goDown();
    await yard.event(id, isHeld);
    await store.comeBack();
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(0);
  });

  it('that is away for three due checkpoints: a failure, and the next attempt goes on from what was saved', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const worker = await startWorker(yard, 'worker');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(3));
    await store.goDown();
    await yard.reached(id, 'delayed');
    const { record, attempts } = (await yard.store.get(id)) ?? {};
    expect(record?.error).toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/^the checkpoints e\S+, e\S+, e\S+ cannot be saved: the checkpoint store cannot/),
    });
    expect(attempts).toMatchObject([{ outcome: 'failed' }]);
    const saved = await yard.store.checkpoints(id);
    expect(saved.length).toBeGreaterThan(0);
    await store.comeBack();
    for (const { name } of saved) await yard.checkpoints.load(id, name);
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(1);
    expect(worker.process.output()).toMatch(/"why":"the checkpoints .*a trainer was stopped by this worker/);
    expect(await trainersReplaced(worker), 'it was no fault of the trainer').toBe(0);
    expect(await logs(id)).toContain(`attempt 2 goes on from checkpoint ${saved[0]?.name}`);
  });

  it('that is away while jobs wait: the first that fails is the last that is taken until the store is back', async () => {
    const expected = await undisturbed(yard, TWELVE_STEPS);
    const worker = await startWorker(yard, 'worker');
    await store.goDown();
    const ids = [await yard.submit(TWELVE_STEPS), await yard.submit(TWELVE_STEPS), await yard.submit(TWELVE_STEPS)];
    const records = () => Promise.all(ids.map(async (id) => (await yard.store.get(id))?.record));
    const failedChecks = async () =>
      (await scrape(worker.metrics)).sum('trainyard_checkpoint_store_errors_total', { operation: 'check' });
    await until(async () => (await failedChecks()) > 0, { what: 'the worker has asked the store' });
    expect(await records()).toMatchObject([
      { state: 'delayed', attempt: 1, error: { code: 'store-unavailable' } },
      { state: 'waiting', attempt: 0 },
      { state: 'waiting', attempt: 0 },
    ]);
    const readiness = await fetch(`${worker.metrics}/readyz`);
    expect(readiness.status).toBe(503);
    const why = 'the checkpoint store cannot be used';
    expect(await readiness.json()).toEqual({ ok: false, why, dropped: [] });
    await until(async () => (await liveWorkers(yard.redis))[0]?.unready === why, { what: 'its view says so' });

    await store.comeBack();
    for (const id of ids) expect(await yard.bits(id)).toEqual(expected);
    expect((await records()).map((record) => record?.failures)).toEqual([1, 0, 0]);
    const said = worker.process.output();
    expect(said.match(/the checkpoint store cannot be used: no job is taken/g)).toHaveLength(1);
    expect(said.match(/the checkpoint store can be used again: jobs are taken/g)).toHaveLength(1);
  });

  it('that is away when the worker is told to stop: given back with what was saved, no failure', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const first = await yard.worker('first');
    const id = await yard.submit(TWO_DUE);
    await yard.event(id, isEpoch(1));
    await store.goDown();
    await yard.event(id, isHeld);
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const { record, attempts } = (await yard.store.get(id)) ?? {};
    expect(record).toMatchObject({ state: 'waiting', failures: 0, deaths: 0 });
    expect(attempts?.[0]?.reason).toMatch(/SIGTERM.*goes on from the last committed checkpoint: the checkpoint store/);
    await store.comeBack();
    await yard.worker('second');
    expect(await yard.bits(id)).toEqual(expected);
  });
}

/** Root may write everywhere, so that a file takes the folder's place: at once, before the worker makes another one there. */
async function startFrailFolder(): Promise<FrailStore> {
  const parent = mkdtempSync(join(tmpdir(), 'trainyard-frail-'));
  const [path, next] = [join(parent, 'checkpoints'), join(parent, 'next')];
  const [folder, file] = [join(parent, 'folder'), join(parent, 'file')];
  mkdirSync(folder);
  writeFileSync(file, '');
  symlinkSync(folder, path);
  const lead = (to: string) => {
    symlinkSync(to, next);
    renameSync(next, path);
  };
  return {
    url: `file:${path}`,
    goDown: async () => lead(file),
    comeBack: async () => lead(folder),
    close: async () => rmSync(parent, { recursive: true }),
  };
}

async function startFrailBucket(): Promise<FrailStore> {
  const s3 = await startTestS3();
  const proxy = await startFaultyProxy(s3.endpoint);
  return {
    url: `s3://${await s3.newBucket()}/runs?endpoint=${proxy.url}`,
    goDown: () => proxy.goDown(),
    comeBack: () => proxy.comeBack(),
    async close() {
      await proxy.goDown();
      await s3.stop();
    },
  };
}
