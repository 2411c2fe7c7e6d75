/** What the board may do, over HTTP as its page does it, and what the records say afterwards. */
import { UnrecoverableError } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../shared/keys.ts';
import { JobView } from '../shared/views.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { createFakeWorker, type FakeWorker } from './testing/fake-worker.ts';

const BOARD = '/admin/queues';
const QUEUE = `${BOARD}/api/queues/train-cpu`;

let api: TestApiWithRedis;
let worker: FakeWorker;

beforeAll(async () => {
  api = await startTestApiWithRedis();
  worker = createFakeWorker(api.server.url);
});
afterAll(async () => {
  await worker.close();
  await api.close();
});
beforeEach(async () => {
  await api.redis.flushall();
});

const submit = async (): Promise<string> => (await api.submit()).body.id;
const look = async (id: string) => JobView.parse((await api.get(`/v1/jobs/${id}`)).body);
const queued = (id: string) => api.queues['train-cpu'].getJob(id);

/** A job that failed for good, in both halves. */
async function failedJob(): Promise<string> {
  const id = await submit();
  const taken = await worker.take();
  await taken.attempt.fail('loss-not-finite', 'the loss is NaN', true);
  await taken.queued.moveToFailed(new UnrecoverableError('the loss is NaN'), taken.token, false);
  return id;
}

describe('the board', () => {
  it('serves its page, its scripts and every queue, with progress and logs', async () => {
    const page = await api.get(BOARD);
    expect(page.status).toBe(200);
    expect(page.body).toContain('<base href="/admin/queues/"');
    expect(page.body).toContain('"miscLinks":[{"text":"Dashboard","url":"/"}]');
    const script = /src="(static\/js\/main[^"]+)"/.exec(page.body)?.[1];
    const { status, headers } = await api.get(`${BOARD}/${script}`);
    expect([status, headers.get('cache-control')]).toEqual([200, expect.stringContaining('max-age')]);

    const id = await submit();
    const taken = await worker.take();
    await taken.queued.updateProgress({ progress: 42, epoch: 3 });
    await taken.queued.log('[epoch 3/20] train loss 1.4442');
    const answer = await api.get(`${BOARD}/api/queues?activeQueue=train-cpu&status=active&page=1`);
    for (const { headers } of [page, answer]) expect(headers.get('cache-control')).toBe('no-store');
    const { queues } = answer.body;
    expect(queues.map(({ name }: { name: string }) => name)).toEqual(Object.keys(api.queues));
    expect(queues[0]).toMatchObject({ allowRetries: true, allowCompletedRetries: false, readOnlyMode: false });
    expect(queues[0].jobs).toMatchObject([{ id, progress: { progress: 42 } }]);
    expect((await api.get(`${QUEUE}/${id}/logs`)).body).toEqual(['[epoch 3/20] train loss 1.4442']);
  });

  it.each(['100000000', '-5', '0', 'all', '10&jobsPerPage=20'])('shows no %s jobs on a page', async (perPage) => {
    await submit();
    const page = `${BOARD}/api/queues?activeQueue=train-cpu&status=latest&page=1&jobsPerPage=`;
    const { status, body } = await api.get(`${page}${perPage}`);
    expect(status).toBe(400);
    expect(body.message).toContain('from 1 to 100');
    expect((await api.get(`${page}100`)).body.queues[0].jobs).toHaveLength(1);
  });

  it.each([
    ['post', '/train-cpu/add', { name: 'x', data: {}, options: {} }],
    ['put', '/train-cpu/empty', undefined],
    ['put', '/train-cpu/obliterate', { force: true }],
    ['put', '/train-cpu/clean/wait', undefined],
    ['put', '/train-cpu/clean/prioritized', undefined],
    ['put', '/train-cpu/clean/delayed', undefined],
    ['put', '/train-cpu/clean/active', undefined],
    ['patch', '/train-cpu/ID/update-data', { jobData: { jobId: 'x' } }],
    ['patch', '/train-cpu/ID/priority', { priority: 0 }],
    ['patch', '/train-cpu/ID/delay', { runAt: 1 }],
    ['put', '/train-cpu/ID/remove-unprocessed-children', undefined],
    ['put', '/train-cpu/concurrency', { concurrency: 1 }],
    ['put', '/train-cpu/rate-limit', { max: 1, duration: 1000 }],
    ['put', '/train-cpu/job-schedulers/x/run', undefined],
    ['patch', '/train-cpu/job-schedulers/x', { every: 1000 }],
  ] as const)('refuses to %s %s, and nothing has changed', async (method, path, body) => {
    const id = await submit();
    const [before, record] = [(await queued(id))?.asJSON(), await look(id)];
    const answer = await api[method](`${BOARD}/api/queues${path.replace('ID', id)}`, body);
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain('Switched off here');
    expect((await queued(id))?.asJSON()).toEqual(before);
    expect(await look(id)).toEqual(record);
    expect(await api.queues['train-cpu'].getJobCountByTypes('prioritized', 'wait', 'delayed', 'active')).toBe(1);
  });

  it('retries a failed job through its record', async () => {
    const id = await failedJob();
    expect((await api.put(`${QUEUE}/${id}/retry`)).status).toBe(204);
    expect(await look(id)).toMatchObject({ state: 'waiting', failures: 0, error: null, position: 1 });
    expect(await (await queued(id))?.getState()).toBe('prioritized');
  });

  it('leaves alone what a user cancelled when it retries all, but not when it retries that one', async () => {
    const failed = await failedJob();
    const cancelled = await submit();
    const taken = await worker.take();
    await taken.attempt.cancelled();
    await taken.queued.moveToFailed(new UnrecoverableError('cancelled by the user'), taken.token, false);
    expect((await api.put(`${QUEUE}/retry/failed`)).status).toBe(200);
    expect((await look(failed)).state).toBe('waiting');
    expect((await look(cancelled)).state).toBe('cancelled');
    expect((await api.put(`${QUEUE}/${cancelled}/retry`)).status).toBe(204);
    expect((await look(cancelled)).state).toBe('waiting');
  });

  it('retries all failed jobs through their records', async () => {
    const ids = [await failedJob(), await failedJob(), await failedJob()];
    const answer = await api.put(`${QUEUE}/retry/failed`);
    expect(answer).toMatchObject({ status: 200, body: { retried: 3, skipped: 0 } });
    for (const id of ids) expect((await look(id)).state).toBe('waiting');
    expect(await api.queues['train-cpu'].getJobCountByTypes('prioritized')).toBe(3);
  });

  it('does not retry a job that its record says to be completed', async () => {
    const id = await submit();
    const { queued: half, token } = await worker.take();
    await half.moveToFailed(new UnrecoverableError('the halves disagree'), token, false);
    const answer = await api.put(`${QUEUE}/${id}/retry`);
    expect(answer.status).toBe(409);
    expect(answer.body.message).toContain('only a failed or cancelled job can be retried');
  });

  it('cancels a waiting job that is removed, and leaves a running one alone', async () => {
    const [running, waiting] = [await submit(), await submit()];
    expect((await worker.take()).id).toBe(running);
    expect((await api.put(`${QUEUE}/${waiting}/clean`)).status).toBe(204);
    expect(await look(waiting)).toMatchObject({ state: 'cancelled' });
    expect(await queued(waiting)).toBeUndefined();
    expect((await api.put(`${QUEUE}/${running}/clean`)).status).toBe(409);
    expect(await look(running)).toMatchObject({ state: 'active' });
  });

  it('lets go of ended jobs, while their records stay and can be retried', async () => {
    const id = await failedJob();
    expect((await api.put(`${QUEUE}/${id}/clean`)).status).toBe(204);
    expect(await queued(id)).toBeUndefined();
    expect(await look(id)).toMatchObject({ state: 'failed', error: { code: 'loss-not-finite' } });
    expect((await api.put(`${QUEUE}/clean/failed`)).status).toBe(200);
    expect((await api.post(`/v1/jobs/${id}/retry`)).body).toMatchObject({ state: 'waiting', position: 1 });
  });

  it.each(['meta', 'prioritized', 'wait', 'id', '%zz', '..%2fmeta'])(
    'takes no key of BullMQ for a job: %s',
    async (key) => {
      await submit();
      await api.put(`${QUEUE}/pause`);
      const keysButOfAudit = async () =>
        (await api.redis.keys('*')).filter((name) => !name.startsWith(keys.audit)).sort();
      const before = await keysButOfAudit();
      expect((await api.get(`${QUEUE}/${key}`)).status).toBe(404);
      for (const action of ['clean', 'retry', 'promote']) {
        expect((await api.put(`${QUEUE}/${key}/${action}`)).status).toBe(404);
      }
      expect(await keysButOfAudit()).toEqual(before);
      expect(await api.queues['train-cpu'].isPaused()).toBe(true);
    },
  );

  it('promotes delayed jobs, which are then taken before their time', async () => {
    const id = await submit();
    const first = await worker.take();
    await first.attempt.fail('trainer-died', 'killed', false);
    await first.queued.moveToDelayed(Date.now() + 60_000, first.token);
    expect(await look(id)).toMatchObject({ state: 'delayed', failures: 1, reason: 'no-worker' });
    expect((await api.put(`${QUEUE}/promote`)).status).toBe(200);
    const second = await worker.take();
    expect([second.id, second.attempt.number]).toEqual([id, 2]);
    expect(await look(id)).toMatchObject({ state: 'active', delayedUntil: null });
  });

  it('pauses and resumes a queue, whose jobs wait meanwhile', async () => {
    await api.put(`${QUEUE}/pause`);
    const id = await submit();
    expect(await look(id)).toMatchObject({ state: 'waiting', position: 1 });
    await expect(worker.take()).rejects.toThrow('no job waits');
    await api.put(`${QUEUE}/resume`);
    expect((await worker.take()).id).toBe(id);
  });
});
