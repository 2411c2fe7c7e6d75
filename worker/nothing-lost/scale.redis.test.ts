/** Nothing is lost when workers come and go with the length of the queue, as an autoscaler has them, to none and back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReconciler } from '../../api/reconciler.ts';
import { startTestApi, type TestApi } from '../../api/testing/api.ts';
import { readEvents } from '../../shared/event-stream.ts';
import type { JobEvent } from '../../shared/events.ts';
import type { JobId } from '../../shared/jobs.ts';
import { type TestProcess, until } from '../../shared/testing/processes.ts';
import { isEpoch, isStep, undisturbed } from '../testing/disturbed.ts';
import { startYard, type Yard } from '../testing/yard.ts';

const JOBS = 40;
const MOST_WORKERS = 4;
const LEAST_WORKERS = 1;
/** Each of these specs is that of every fourth job. The last job is the longest: workers go while it runs. */
const SPECS = [1, 2, 3, 12].map((epochs) => ({
  ...{ trainSize: 160, validationSize: 100, batchSize: 16 },
  ...{ epochs, seed: epochs },
}));
/** Of a job whose worker dies in the middle of it. */
const DISTURBED = { trainSize: 800, validationSize: 100, epochs: 6, batchSize: 16, seed: 7 } as const;
/** Four trainers at once need a while on two cores that others use too. */
const PATIENCE_MS = 150_000;

let yard: Yard;
let api: TestApi;
beforeEach(async () => {
  yard = await startYard();
  api = await startTestApi(yard.server.url, { slotsPerWorker: 1 });
  await until(() => api.redis.status === 'ready', { what: 'the API has its connection' });
});
afterEach(async () => {
  await api.close();
  await yard.close();
});

const stats = () => api.client.queueStats('train-cpu');
const desiredWorkers = async () => (await stats()).desiredWorkers;

/** Starts and stops workers of one slot, one for each that is wanted. */
function createScaler() {
  const running = new Map<string, TestProcess>();
  let started = 0;

  async function add(): Promise<void> {
    started += 1;
    const name = `scaled-${started}`;
    running.set(name, await yard.worker(name));
  }

  /** The cluster does not ask who is busy: a busy one is the worst that it can choose. */
  async function remove(): Promise<void> {
    const { jobs } = await yard.store.list({ state: 'active' }, JOBS);
    const busy = jobs.map(({ record }) => record.worker ?? '').filter((name) => running.has(name));
    const [name = ''] = [...busy, ...running.keys()];
    const worker = running.get(name);
    running.delete(name);
    worker?.kill('SIGTERM');
    expect(await worker?.exited, name).toEqual({ code: 0, signal: null });
  }

  return {
    count: () => running.size,
    started: () => started,
    async scaleTo(wanted: number): Promise<void> {
      while (running.size > wanted) await remove();
      await Promise.all(Array.from({ length: wanted - running.size }, add));
    },
  };
}

async function outcomesOf(id: JobId): Promise<{ state: string; outcomes: (string | null)[]; completions: number }> {
  const job = await yard.store.get(id);
  const events = (await readEvents(yard.redis, id)).map(({ event }) => event);
  return {
    state: `${job?.record.state}, ${job?.record.failures} failures, ${job?.record.deaths} dead workers`,
    outcomes: job?.attempts.map(({ outcome }) => outcome) ?? [],
    completions: events.filter((event) => event.type === 'state' && event.state === 'completed').length,
  };
}

describe('workers as many as are wanted', () => {
  it(
    'from 1 to 4 and back to 1 over 40 jobs: each ends once, with the bits of a run undisturbed',
    async () => {
      const scaler = createScaler();
      await scaler.scaleTo(LEAST_WORKERS);
      const expected = [];
      for (const id of await submitAll(SPECS)) expected.push(await yard.bits(id));

      const ids = await submitAll(Array.from({ length: JOBS }, (_, i) => SPECS[i % SPECS.length] ?? expect.fail()));
      const desiredAtFirst = await desiredWorkers();
      // the one worker may have ended some while they were submitted
      const { jobs: waiting } = await yard.store.list({ state: 'waiting' }, JOBS);
      expect(desiredAtFirst).toBeLessThanOrEqual(JOBS);
      expect(desiredAtFirst).toBeGreaterThanOrEqual(waiting.length);
      expect(waiting.length).toBeGreaterThan(MOST_WORKERS);
      const counts = await followDemand(scaler);

      expect(counts[0]).toBe(LEAST_WORKERS);
      expect(Math.max(...counts)).toBe(MOST_WORKERS);
      expect(counts.at(-1)).toBe(LEAST_WORKERS);
      expect(scaler.started(), 'no worker more than the most at once').toBe(MOST_WORKERS);
      const ends = await Promise.all(ids.map(outcomesOf));
      for (const { state, outcomes, completions } of ends) {
        expect(state).toBe('completed, 0 failures, 0 dead workers');
        expect(outcomes).toEqual([...outcomes.slice(0, -1).fill('given-back'), 'completed']);
        expect(completions).toBe(1);
      }
      expect(ends.flatMap(({ outcomes }) => outcomes)).toContain('given-back');
      for (const [i, id] of ids.entries()) expect(await yard.bits(id)).toEqual(expected[i % SPECS.length]);
      const by = new Set((await yard.store.getMany(ids)).flatMap((job) => job?.attempts.map(({ worker }) => worker)));
      expect(by.size, 'all of them worked').toBe(MOST_WORKERS);
    },
    2 * PATIENCE_MS,
  );
});

describe('no worker at all', () => {
  it("and a dead one's job: one is wanted until it has ended, and then none", async () => {
    const expected = await undisturbed(yard, DISTURBED);
    expect(await desiredWorkers()).toBe(0);
    const victim = await yard.worker('victim');
    const id = await yard.submit(DISTURBED);
    await yard.event(id, isEpoch(1));
    victim.kill('SIGKILL');
    await victim.exited;
    expect(await desiredWorkers()).toBe(1);
    await yard.lockRunsOut(id);

    // The reconciler of the API finds the worker dead; only a worker can take BullMQ's half back.
    const reconciler = createReconciler({ ...api, everyMs: 100, graceMs: 200 });
    reconciler.start();
    const returned = async () => (await yard.store.get(id))?.record.state === 'waiting';
    await until(returned, { what: 'the worker is found dead' });
    expect(await stats()).toMatchObject({ active: 1, waiting: 0, desiredWorkers: 1 });

    const scaler = createScaler();
    await scaler.scaleTo(await desiredWorkers());
    await yard.event(id, (event): event is JobEvent => isStep(event) && event.attempt === 2);
    expect(await desiredWorkers()).toBe(1);
    expect(await yard.bits(id)).toEqual(expected);
    await until(async () => (await desiredWorkers()) === 0, { what: 'no worker is wanted any more' });
    await scaler.scaleTo(0);
    await reconciler.stop();
    expect((await outcomesOf(id)).outcomes).toEqual(['worker-lost', 'completed']);
  });
});

/**
 * Until none is wanted. What fails while workers come and go fails the test: `until` would try it again, with more of them.
 * @returns how many there were, one number after the other
 */
async function followDemand(scaler: ReturnType<typeof createScaler>): Promise<number[]> {
  const counts = [scaler.count()];
  let desired = Number.NaN;
  const changed = async () => {
    const now = await desiredWorkers();
    return now !== desired && { now };
  };
  while (desired !== 0) {
    const { now } = await until(changed, { what: 'another number is wanted', timeoutMs: PATIENCE_MS });
    desired = now;
    const wanted = Math.max(LEAST_WORKERS, Math.min(desired, MOST_WORKERS));
    await scaler.scaleTo(wanted);
    if (counts.at(-1) !== wanted) counts.push(wanted);
  }
  return counts;
}

async function submitAll(specs: readonly (typeof SPECS)[number][]): Promise<JobId[]> {
  const ids: JobId[] = [];
  for (const spec of specs) ids.push(await yard.submit(spec));
  return ids;
}
