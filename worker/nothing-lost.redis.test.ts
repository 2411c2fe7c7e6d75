/** Nothing is lost when workers, trainers or Redis die: real processes, really killed, on a real Redis. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleFile } from '../shared/checkpoints/testing/sample.ts';
import { readEvents } from '../shared/event-stream.ts';
import type { JobEvent } from '../shared/events.ts';
import type { JobId } from '../shared/jobs.ts';
import { TWELVE_STEPS } from '../shared/testing/jobs.ts';
import { until } from '../shared/testing/processes.ts';
import { liveWorkers, servesQueue } from '../shared/workers.ts';
import { LOCK_MS, STALLED_MS, startYard, type Yard } from './testing/yard.ts';

/** Some seconds of training: long enough to be disturbed in the middle, with a checkpoint every half second or so. */
const SOME_SECONDS = { trainSize: 8000, validationSize: 500, epochs: 8, batchSize: 16, seed: 7 } as const;
/** Longer than ten workers need to begin, one after the other. */
const TEN_STOPS = { ...SOME_SECONDS, epochs: 16 } as const;

let yard: Yard;
beforeEach(async () => {
  yard = await startYard();
});
afterEach(() => yard.close());

const isStep = (event: JobEvent): event is Extract<JobEvent, { type: 'step' }> => event.type === 'step';
const isEpoch =
  (epoch: number) =>
  (event: JobEvent): event is Extract<JobEvent, { type: 'epoch' }> =>
    event.type === 'epoch' && event.epoch >= epoch;
const isCheckpoint = (event: JobEvent): event is Extract<JobEvent, { type: 'checkpoint' }> =>
  event.type === 'checkpoint';

const known = new Map<unknown, Awaited<ReturnType<Yard['bits']>>>();

/** The bits of a run with nobody in its way, by a worker of its own. */
async function undisturbed(spec: Parameters<Yard['submit']>[0]) {
  const before = known.get(spec);
  if (before) return before;
  const worker = await yard.worker('undisturbed');
  const bits = await yard.bits(await yard.submit(spec));
  worker.kill('SIGTERM');
  await worker.exited;
  known.set(spec, bits);
  return bits;
}

/** The one trainer of the only worker that lives. */
async function trainerPid(): Promise<number> {
  const [worker] = await liveWorkers(yard.redis);
  const [pid] = worker?.trainers ?? [];
  if (pid === undefined) throw new Error('no worker has a trainer');
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a worker', () => {
  it('killed in mid-epoch: another goes on from the last checkpoint, soon, and the bits are the same', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    const victim = await yard.worker('victim');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(2));
    await yard.worker('rescuer');
    const killedAt = Date.now();
    victim.kill('SIGKILL');

    const resumed = await yard.event(id, (event): event is JobEvent => event.type === 'state' && event.attempt === 2);
    expect(Date.parse(resumed.at) - killedAt).toBeLessThan(LOCK_MS + STALLED_MS + 2000);
    expect(await yard.bits(id)).toEqual(expected);
    const { record, attempts } = await yard.ended(id);
    expect(record).toMatchObject({ failures: 0, deaths: 1, progress: { percentage: 100 } });
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['worker-lost', 'completed']);
    const epochs = (await readEvents(yard.redis, id)).filter(({ event }) => event.type === 'epoch');
    expect(epochs).toHaveLength(SOME_SECONDS.epochs);
  });

  it('told to stop ten times over one job: each time it saves the step it is at, gives back, and changes nothing', async () => {
    const expected = await undisturbed(TEN_STOPS);
    const id = await yard.submit(TEN_STOPS);
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      const worker = await yard.worker(`stopped-${attempt}`);
      await yard.event(id, (event): event is JobEvent => isStep(event) && event.attempt === attempt);
      const stoppedAt = Date.now();
      worker.kill('SIGTERM');
      expect(await worker.exited).toEqual({ code: 0, signal: null });
      expect(Date.now() - stoppedAt).toBeLessThan(10_000);

      const { record } = (await yard.store.get(id)) ?? {};
      expect(record).toMatchObject({ state: 'waiting', failures: 0, deaths: 0, attempt });
      const [last] = await yard.store.checkpoints(id);
      expect(last).toMatchObject({ name: record?.checkpoint, attempt });
    }
    const steps = (await yard.store.checkpoints(id)).map(({ cursor }) => cursor.step);
    expect(Math.max(...steps), 'in mid-epoch').toBeGreaterThan(0);
    await yard.worker('last');
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).attempts.map(({ outcome }) => outcome)).toEqual([
      ...Array(10).fill('given-back'),
      'completed',
    ]);
  });

  it('stopped past its lock and continued writes nothing that counts', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    const sleeper = await yard.worker('sleeper');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(1));
    sleeper.kill('SIGSTOP');
    await yard.worker('rescuer');
    expect(await yard.bits(id)).toEqual(expected);
    const before = await everythingOf(id);

    // The sleeper still has its trainer's messages, a checkpoint among them, to work through.
    sleeper.kill('SIGCONT');
    await until(() => sleeper.output().includes('the lock is lost'), {
      what: 'the sleeper sees that its lock is lost',
    });
    const next = await yard.submit(TWELVE_STEPS);
    await yard.bits(next);
    expect(await everythingOf(id)).toEqual(before);
  });

  it('cut off from Redis for longer than its lock stops its trainer by itself, and goes on afterwards', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    const worker = await yard.worker('cut-off');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(1));
    process.kill(yard.server.pid, 'SIGSTOP');
    try {
      await until(() => worker.output().includes('the lock was not seen renewed'), {
        what: 'the worker stops the run',
      });
    } finally {
      process.kill(yard.server.pid, 'SIGCONT');
    }
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(0);
  });
});

describe('a trainer', () => {
  it('killed spends one failure; the worker lives, replaces it, and the bits are the same', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    const worker = await yard.worker('worker');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(1));
    process.kill(await trainerPid(), 'SIGKILL');
    await yard.reached(id, 'delayed');

    expect(await yard.bits(id)).toEqual(expected);
    const { record, attempts } = await yard.ended(id);
    expect(record).toMatchObject({ failures: 1, error: null });
    expect(attempts).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('SIGKILL') },
      { outcome: 'completed' },
    ]);
    expect(worker.child.exitCode).toBeNull();
  });

  it('that hangs is killed and replaced, and one failure spent', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    await yard.worker('worker', { HANG_MS: '5000' });
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isCheckpoint);
    const hung = await trainerPid();
    process.kill(hung, 'SIGSTOP');
    await yard.reached(id, 'delayed');

    await until(() => !isAlive(hung), { what: 'the hung trainer is gone' });
    expect(await yard.bits(id)).toEqual(expected);
    const { record, attempts } = await yard.ended(id);
    expect(record.failures).toBe(1);
    expect(attempts).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('5 s') },
      { outcome: 'completed' },
    ]);
  });
});

describe('a worker whose trainer cannot get ready', () => {
  it('says why, takes no job, and does not count as one that could', async () => {
    const images = join(yard.folder, 'datasets', 'mnist');
    mkdirSync(images, { recursive: true });
    writeFileSync(join(images, 'train-images-idx3-ubyte'), 'no images');
    const worker = yard.startWorker('broken');
    const id = await yard.submit(TWELVE_STEPS);
    await until(() => worker.output().includes('could not get ready'), { what: 'the worker says so' });
    expect(worker.output()).toContain('train-images-idx3-ubyte');
    const [view] = await until(
      async () => {
        const views = await liveWorkers(yard.redis);
        return views.length > 0 && views;
      },
      { what: 'the worker beats' },
    );
    expect(view).toMatchObject({ name: 'broken', state: 'starting', running: [] });
    expect(servesQueue(view ? [view] : [], 'train-cpu')).toBe(false);
    expect((await yard.store.get(id))?.record).toMatchObject({ state: 'waiting', attempt: 0 });
    worker.kill('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a job whose worker cannot replace its trainer', () => {
  it('is not held by it: the attempt fails with the reason, and another follows', async () => {
    const worker = await yard.worker('worker');
    const images = join(yard.folder, 'datasets', 'mnist');
    mkdirSync(images, { recursive: true });
    writeFileSync(join(images, 'train-images-idx3-ubyte'), 'no images');
    process.kill(await trainerPid(), 'SIGKILL');
    await until(() => worker.output().includes('a trainer is gone'), { what: 'the worker has noticed' });
    const id = await yard.submit(TWELVE_STEPS);
    await yard.reached(id, 'delayed');
    rmSync(images, { recursive: true });
    await yard.bits(id);
    expect((await yard.ended(id)).attempts[0]).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('train-images-idx3-ubyte'),
    });
  });
});

describe('cancelling', () => {
  it('ends a running job within two seconds, a waiting one at once, and both can be retried', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    await yard.worker('worker');
    const running = await yard.submit(SOME_SECONDS);
    const waiting = await yard.submit(SOME_SECONDS);
    await yard.event(running, isCheckpoint);
    expect((await yard.control.cancel(waiting)).record.state).toBe('cancelled');
    expect(await yard.queues['train-cpu'].getJob(waiting)).toBeUndefined();

    const askedAt = Date.now();
    await yard.control.cancel(running);
    await yard.reached(running, 'cancelled');
    expect(Date.now() - askedAt).toBeLessThan(2000);

    await yard.control.retry(running);
    await yard.reached(running, 'completed');
    expect(await yard.bits(running)).toEqual(expected);
  });

  it('reaches the worker also when the broadcast does not', async () => {
    await yard.worker('worker');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isStep);
    const askedAt = Date.now();
    expect(await yard.store.cancel(id)).toBe('active');
    await yard.reached(id, 'cancelled');
    expect(Date.now() - askedAt).toBeLessThan(2500);
  });
});

describe('the checkpoints', () => {
  it('a damaged last one is reported, and the one before it used', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    const first = await yard.worker('first');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(3));
    first.kill('SIGTERM');
    await first.exited;
    const [last, before] = await yard.store.checkpoints(id);
    writeFileSync(join(yard.folder, 'checkpoints', id, `${last?.name}.safetensors`), 'not what it was');

    await yard.worker('second');
    expect(await yard.bits(id)).toEqual(expected);
    const warnings = (await readEvents(yard.redis, id)).map(({ event }) => event).filter(({ type }) => type === 'log');
    expect(warnings).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(`${last?.name}.*is damaged.*going on from ${before?.name}`),
      }),
    );
  });

  it('of a life of the record before Redis was put back are replaced, never gone on from', async () => {
    const expected = await undisturbed(TWELVE_STEPS);
    const id = await yard.submit(TWELVE_STEPS);
    const { bytes, manifest } = sampleFile(1, 0, id);
    await yard.checkpoints.put(id, manifest.name, bytes, manifest);
    await yard.worker('worker');
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(0);
    expect((await yard.checkpoints.load(id, manifest.name)).manifest.sha256).not.toBe(manifest.sha256);
  });

  it('kept are the best and the last ones that the spec asks for, in the store as in the record', async () => {
    await yard.worker('worker');
    const id = await yard.submit({ ...TWELVE_STEPS, epochs: 8, checkpoint: { everyEpochs: 1, keepLast: 2 } });
    const { record } = await yard.ended(id);
    const kept = (await yard.store.checkpoints(id)).map(({ name }) => name);
    expect(kept).toContain(record.bestCheckpoint);
    expect(kept).toContain(record.checkpoint);
    expect(kept.length).toBeLessThanOrEqual(3);
    expect([...(await yard.checkpoints.list(id))].sort()).toEqual([...kept].sort());
  });
});

describe('Redis', () => {
  it('killed and restarted in the middle of a job: it ends with the same bits', async () => {
    const expected = await undisturbed(SOME_SECONDS);
    await yard.worker('worker');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(2));
    await yard.server.kill();
    await yard.server.restart();
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(0);
  });
});

describe('Redis that refuses to write', () => {
  it('is said once, no job is taken meanwhile, and all goes on when it takes writes again', async () => {
    const worker = await yard.worker('worker');
    await yard.bits(await yard.submit(TWELVE_STEPS));
    await yard.redis.config('SET', 'min-replicas-to-write', '1');
    await until(() => worker.output().includes('Redis refuses to write'), { what: 'the worker says so' });
    const callsBefore = await scriptCalls();
    await until(async () => (await scriptCalls()) > callsBefore, { what: 'the worker asks again' });
    expect((await scriptCalls()) - callsBefore, 'it does not spin').toBeLessThan(100);
    await yard.redis.config('SET', 'min-replicas-to-write', '0');
    await yard.bits(await yard.submit(TWELVE_STEPS));
    await until(() => worker.output().includes('Redis takes writes again'), { what: 'the worker says that too' });
    expect(worker.output().match(/Redis refuses to write/g)).toHaveLength(1);
  });
});

describe('a job that cannot succeed', () => {
  it('fails at once when its loss is not finite, saying the step and the last good checkpoint', async () => {
    await yard.worker('worker', { POISON_STEP: '6' });
    const id = await yard.submit(TWELVE_STEPS);
    const { record, attempts } = await yard.ended(id);
    expect(record).toMatchObject({ state: 'failed', failures: 1, error: { code: 'loss-not-finite' } });
    expect(record.error?.message).toMatch(/epoch 2, step 2 is not finite.*\(checkpoint e0001-s00000-a001\)/);
    expect(attempts).toHaveLength(1);
  });

  it('fails for good when its maxSeconds are over, with a checkpoint to go on from', async () => {
    await yard.worker('worker');
    const id = await yard.submit({ ...SOME_SECONDS, epochs: 1000, maxSeconds: 1.5 });
    const { record } = await yard.ended(id);
    expect(record).toMatchObject({ state: 'failed', error: { code: 'max-seconds-passed' } });
    expect(record.checkpoint).not.toBeNull();
  });
});

/** How often a script was called since Redis started, refused calls included. */
async function scriptCalls(): Promise<number> {
  const stats = await yard.redis.info('commandstats');
  const [, calls = '0', rejected = '0'] = /cmdstat_evalsha:calls=(\d+).*rejected_calls=(\d+)/.exec(stats) ?? [];
  const [, failed = '0'] = /cmdstat_evalsha:.*failed_calls=(\d+)/.exec(stats) ?? [];
  return Number(calls) + Number(rejected) + Number(failed);
}

/** All that Redis holds of a job in its record. */
async function everythingOf(id: JobId) {
  return {
    job: await yard.store.get(id),
    rows: await yard.store.epochRows(id),
    checkpoints: await yard.store.checkpoints(id),
    events: (await readEvents(yard.redis, id)).length,
  };
}
