import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JobView } from '../../../shared/views.ts';
import type { JobList } from './job-list.ts';
import { type FakeApi, fakeApi } from './testing/fake-api.ts';

let list: typeof import('./job-list.ts');
beforeAll(async () => {
  vi.stubGlobal('window', globalThis);
  list = await import('./job-list.ts');
});

const job = (id: string, more: Partial<JobView> = {}) =>
  ({ id, kind: 'train', state: 'waiting', tags: [], name: null, ...more }) as JobView;
const idsOf = (jobs: readonly JobView[]) => jobs.map(({ id }) => id);

test('a fresh first page takes the place of its part of the list, whatever was added or deleted there', () => {
  const old = ['j7', 'j6', 'j5', 'j2', 'j1'].map((id) => job(id));
  const fresh = ['j9', 'j7', 'j5', 'j4'].map((id) => job(id));
  expect(idsOf(list.withNewest(old, fresh, 'j4'))).toEqual(['j9', 'j7', 'j5', 'j4', 'j2', 'j1']);
  expect(idsOf(list.withNewest(old, fresh, null))).toEqual(['j9', 'j7', 'j5', 'j4']);
});

test('changed jobs stay in place, new ones come where they belong, gone ones go', () => {
  const old = [job('j5'), job('j3'), job('j1')];
  const changed = new Map([
    ['j3', job('j3', { state: 'active' })],
    ['j5', null],
    ['j4', job('j4')],
    ['j0', null],
  ]);
  const now = list.withChanged(old, changed);
  expect(idsOf(now)).toEqual(['j4', 'j3', 'j1']);
  expect(now[1]?.state).toBe('active');
  expect(now[2]).toBe(old[2]);
});

test('a row shows the latest step and whole epoch, as loaded and as events tell them', () => {
  const row = { epoch: 2, trainLoss: 1, trainAccuracy: 0.5, validationLoss: 1.1, validationAccuracy: 0.6 };
  const speed = { imagesPerSecond: 15_000 };
  const about = { jobId: 'j2', attempt: 1, at: '2026-01-01T00:00:00Z' };
  const step = { epoch: 3, step: 7, trainLoss: 0.9, trainAccuracy: 0.6, ...speed };
  const old = [job('j3'), job('j2'), job('j1')];
  const now = list.withEvents(old, [
    { type: 'epoch', ...about, ...row, ...speed, seconds: 4 },
    { type: 'step', ...about, ...step, step: 6 },
    { type: 'step', ...about, ...step },
  ]);
  expect(now[1]).toEqual({ ...old[1], latest: step, latestEpoch: { ...row, ...speed, seconds: 4 } });
  expect([now[0], now[2]]).toEqual([old[0], old[2]]);
});

test('a job belongs to a filtered list as the API has it', () => {
  const one = job('j1', { state: 'failed', tags: ['a', 'b'], name: 'Long Run' });
  expect(list.matches({}, one)).toBe(true);
  expect(list.matches({ state: 'failed', tag: 'b', name: 'run' }, one)).toBe(true);
  expect(list.matches({ state: 'active' }, one)).toBe(false);
  expect(list.matches({ tag: 'c' }, one)).toBe(false);
  expect(list.matches({ name: 'x' }, one)).toBe(false);
});

describe('live', () => {
  const [OLD, NEW] = ['j000000001aaaaaaaaaa', 'j000000002aaaaaaaaaa'] as [string, string];
  const active = [job(NEW, { state: 'active' }), job(OLD, { state: 'active' })];
  const completed = job(NEW, { state: 'completed' });
  const pageOf = (jobs: readonly JobView[]) => ({ jobs, nextCursor: null });
  const shown = () => live.jobs.value?.map(({ id, state }) => `${id} ${state}`);

  let fake: FakeApi;
  let live: JobList;
  let end: () => void;

  beforeEach(async () => {
    fake = fakeApi();
    await start(pageOf(active));
  });
  afterEach(() => {
    end();
    fake.restore();
  });

  async function start(page: object): Promise<void> {
    const created = list.createJobList({});
    live = created.list;
    end = created.start();
    await fake.answer('/v1/jobs', page);
    fake.asked.length = 0;
  }

  test('a job that was deleted goes without being asked for, whatever else is told of it in that moment', async () => {
    fake.tell('state', { jobId: NEW, state: 'cancelled' });
    fake.tell('removed', { jobId: NEW });
    await fake.pass(1000);
    expect(fake.asked).toEqual([]);
    expect(shown()).toEqual([`${OLD} active`]);
  });

  test('a page from before a job was deleted does not bring it back', async () => {
    live.reload();
    fake.tell('removed', { jobId: NEW });
    await fake.pass(1000);
    await fake.answer('/v1/jobs', pageOf(active));
    expect(shown()).toEqual([`${OLD} active`]);
  });

  test('a page from before a job was submitted does not take it away', async () => {
    live.reload();
    const newest = job('j000000003aaaaaaaaaa');
    fake.tell('state', { jobId: newest.id, state: 'waiting' });
    await fake.pass(1000);
    await fake.answer(`/v1/jobs/${newest.id}`, newest);
    await fake.answer('/v1/jobs', pageOf(active));
    expect(shown()).toEqual([`${newest.id} waiting`, `${NEW} active`, `${OLD} active`]);
  });

  test.each(['its refresh', 'a page', 'the job itself'])(
    'a job that is completed stays so, however late an answer of before comes: %s',
    async (what) => {
      if (what === 'its refresh') await fake.pass(2000);
      if (what === 'a page') live.reload();
      if (what === 'the job itself') fake.tell('state', { jobId: NEW, state: 'active' });
      await fake.pass(1000);
      const [late] = fake.open;
      fake.tell('state', { jobId: NEW, state: 'completed' });
      await fake.pass(1000);
      await [...fake.open].find((one) => one !== late && one.path === `/v1/jobs/${NEW}`)?.answer(200, completed);
      expect(shown()).toContain(`${NEW} completed`);
      await late?.answer(200, what === 'the job itself' ? active[0] : pageOf(active));
      expect(shown()).toContain(`${NEW} completed`);
    },
  );

  test('a page from before another one does not bring back what that one no longer has', async () => {
    live.reload();
    const [older] = fake.open;
    live.reload();
    const [newer] = [...fake.open].filter((one) => one !== older);
    await newer?.answer(200, pageOf(active.slice(1)));
    await older?.answer(200, pageOf(active));
    expect(shown()).toEqual([`${OLD} active`]);
  });

  test('nor does a page further down, when all has come as one page since', async () => {
    end();
    await start({ jobs: active, nextCursor: 'further' });
    live.loadMore();
    const [more] = fake.open;
    live.reload();
    const [, all] = fake.open;
    await all?.answer(200, pageOf(active));
    await more?.answer(200, { jobs: [job('j000000000aaaaaaaaaa')], nextCursor: 'yet further' });
    expect(live.jobs.value).toEqual(active);
    expect(live.hasMore.value).toBe(false);
  });

  test('a refresh that knows more jobs than the list does not take them from the page that brings them', async () => {
    end();
    await start({ jobs: active, nextCursor: 'further' });
    const further = job('j000000000aaaaaaaaaa', { state: 'active' });
    live.loadMore();
    const [more] = fake.open;
    await fake.pass(2000);
    const [refresh] = [...fake.open].filter((one) => one !== more);
    await refresh?.answer(200, pageOf([...active, further]));
    await more?.answer(200, pageOf([further]));
    expect(live.jobs.value).toEqual([...active, further]);
  });

  test("a proxy's stray 404 takes no job away", async () => {
    fake.tell('state', { jobId: NEW, state: 'active' });
    await fake.pass(1000);
    await fake.answer(`/v1/jobs/${NEW}`, '<h1>Not Found</h1>', 404);
    expect(shown()).toEqual([`${NEW} active`, `${OLD} active`]);
  });

  test('a refresh that gets no answer is given up, and the next one is made', async () => {
    await fake.pass(2000);
    const [hung] = fake.open;
    await fake.pass(12_000);
    expect(fake.open).not.toContain(hung);
    await fake.answer('/v1/jobs', pageOf([completed, ...active.slice(1)]));
    expect(shown()).toEqual([`${NEW} completed`, `${OLD} active`]);
  });

  test('a page further down that does not come holds up no news of a job', async () => {
    end();
    await start({ jobs: active, nextCursor: 'further' });
    const more = live.loadMore();
    fake.tell('state', { jobId: NEW, state: 'completed' });
    await fake.pass(1000);
    await fake.answer(`/v1/jobs/${NEW}`, completed);
    await fake.pass(10_000);
    expect(shown()).toEqual([`${NEW} completed`, `${OLD} active`]);
    await more;
    live.loadMore();
    expect([...fake.open].at(-1)?.path).toContain('cursor=further');
  });

  test('an API that is slow is not asked again before it has answered', async () => {
    await fake.pass(10_000);
    expect(fake.open.size).toBe(1);
    await fake.answer('/v1/jobs', pageOf(active));
    await fake.pass(2000);
    expect(fake.open.size).toBe(1);
  });
});
