/** A worker whose trainers cannot get ready any more, all or some, with engines as it is told that the machine has them. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QueueName } from '../shared/engines.ts';
import type { JobEvent } from '../shared/events.ts';
import type { EngineName, JobId } from '../shared/jobs.ts';
import { packageFile } from '../shared/package-root.ts';
import { createLogger } from '../shared/process.ts';
import { connectForWorker } from '../shared/redis.ts';
import { TWELVE_STEPS } from '../shared/testing/jobs.ts';
import { until } from '../shared/testing/processes.ts';
import { liveWorkers } from '../shared/workers.ts';
import { isStep, SOME_SECONDS } from './testing/disturbed.ts';
import { LOCK_MS, STALLED_MS, startYard, type Yard } from './testing/yard.ts';
import { startWorker, type YardWorker } from './worker.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

/** To whoever waits for its slot, without end. */
const LONG = { ...SOME_SECONDS, epochs: 1000 } as const;
/** It leaves the machine to others. */
const STEP_MS = '50';
const WHY = 'get ready: the engine simd cannot be used here: file too short';

describe('a worker whose trainers cannot get ready any more', () => {
  let yard: Yard;
  let worker: YardWorker;
  let registry: Registry;
  /** While it is there, no trainer can open simd. */
  let noEngineFile: string;

  beforeEach(async () => {
    yard = await startYard();
    registry = new Registry();
    noEngineFile = join(yard.folder, 'no-engine');
  });
  afterEach(async () => {
    await worker.stop('the test ends');
    await yard.close();
  });

  async function start(engines: [EngineName, ...EngineName[]], queues: QueueName[], slots: number): Promise<void> {
    worker = startWorker({
      ...{ name: 'lacking', engines, queues, slots, trainerMaxJobs: () => 0, requireGpu: false },
      ...{ jobLockMs: LOCK_MS, stalledCheckMs: STALLED_MS },
      connect: () => connectForWorker(yard.server.url),
      checkpoints: yard.checkpoints,
      trainer: {
        entry: packageFile('dist/worker/testing/gated-trainer.js'),
        env: { DATA_DIR: yard.folder, STEP_MS, NO_ENGINE_FILE: noEngineFile },
        ...{ hangMs: 60_000, readyMs: () => 60_000, graceMs: 5000 },
      },
      metrics: createWorkerMetrics(registry),
      logger: createLogger('test', 'silent'),
    });
    await worker.ready;
  }

  const view = async () => (await liveWorkers(yard.redis))[0];
  const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value ?? Number.NaN;

  const states = (jobs: JobId[]) => Promise.all(jobs.map(async (id) => (await yard.store.get(id))?.record.state));

  async function running(): Promise<JobId> {
    const id = await yard.submit(LONG);
    await yard.event(id, isStep);
    return id;
  }

  /** The engine goes, and with it a trainer that runs a job, which spends a failure by that. */
  async function loseOne(jobs: JobId[]): Promise<void> {
    writeFileSync(noEngineFile, '');
    process.kill((await view())?.trainers[0] ?? expect.fail(), 'SIGKILL');
    const delayed = async () => jobs[(await states(jobs)).indexOf('delayed')];
    await yard.control.cancel(await until(delayed, { what: 'its job is to be retried' }));
  }

  async function givenBack(id: JobId): Promise<void> {
    const isBack = (event: JobEvent): event is JobEvent =>
      event.type === 'state' && event.state === 'waiting' && event.attempt === 1;
    await yard.event(id, isBack);
  }

  it('gives back what waits for one of them, and takes fewer jobs at once until all are ready', async () => {
    await start(['simd'], ['train-cpu'], 2);
    const long = await Promise.all([running(), running()]);
    const id = await yard.submit(TWELVE_STEPS);
    await loseOne(long);
    await givenBack(id);
    const replaced = await metric('trainyard_trainer_restarts_total');
    await until(async () => (await metric('trainyard_trainer_restarts_total')) > replaced, { what: 'it fails again' });
    expect(await metric('trainyard_worker_slots')).toBe(1);
    await until(async () => (await view())?.slots === 1, { what: 'it says so' });
    expect(worker.readiness()).toEqual({ unready: null, dropped: [] });
    const { record, attempts } = (await yard.store.get(id)) ?? expect.fail();
    expect(record).toMatchObject({ state: 'waiting', failures: 0, withoutEngine: 0 });
    expect(attempts).toMatchObject([{ outcome: 'given-back', reason: `a trainer of the worker could not ${WHY}` }]);

    rmSync(noEngineFile);
    await yard.reached(id, 'completed');
    expect(await metric('trainyard_worker_slots')).toBe(2);
    expect((await states(long)).sort(), 'nothing waited for the other job').toEqual(['active', 'cancelled']);
  });

  it('does not take it for a fault of the engine that a job asks for, which none has tried', async () => {
    await start(['simd', 'tensorflow'], ['train-cpu', 'train-gpu'], 1);
    const long = await running();
    const id = await yard.submit({ ...TWELVE_STEPS, engine: 'tensorflow' }, { queue: 'train-gpu' });
    await yard.reached(id, 'active');
    await loseOne([long]);
    await givenBack(id);
    expect(worker.readiness().dropped.map(({ queue }) => queue)).toEqual(['train-cpu', 'train-gpu']);
    const { record, attempts } = (await yard.store.get(id)) ?? expect.fail();
    expect(record).toMatchObject({ state: 'waiting', failures: 0, withoutEngine: 0 });
    expect(attempts).toMatchObject([{ outcome: 'given-back', reason: `no trainer of the worker could ${WHY}` }]);

    await yard.control.cancel(id);
    rmSync(noEngineFile);
    await until(async () => worker.readiness().dropped.length === 0, { what: 'it serves both queues again' });
  });
});
