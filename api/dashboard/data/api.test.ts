import { expect, test, vi } from 'vitest';
import { api, isNoSuchCheckpoint, isNoSuchJob } from './api.ts';
import { fakeApi, problem } from './testing/fake-api.ts';

const ID = 'j000000001aaaaaaaaaa';

test.each(['', '.', '..', 'counts', '__proto__'])('%j is no job, and nothing else is asked for instead', async (id) => {
  const fetch = vi.spyOn(globalThis, 'fetch');
  for (const ask of [api.get, api.metrics, api.checkpoints])
    expect(isNoSuchJob(await ask(id).catch((e) => e))).toBe(true);
  expect(fetch).not.toHaveBeenCalled();
  fetch.mockRestore();
});

test.each([
  ['no job', problem(404, 'job-not-found'), { job: true, checkpoint: true }],
  ['no checkpoint', problem(404, 'checkpoint-not-found'), { job: false, checkpoint: true }],
  ['nothing at its address', problem(404, 'not-found'), { job: false, checkpoint: false }],
  ["a proxy's page", '<h1>Not Found</h1>', { job: false, checkpoint: false }],
])('a 404 means that a job or checkpoint is gone only if the API says so: %s', async (_, body, isGone) => {
  const fake = fakeApi();
  const failed = api.get(ID).catch((error) => error);
  await fake.answer(`/v1/jobs/${ID}`, body, 404);
  const failure = await failed;
  expect({ job: isNoSuchJob(failure), checkpoint: isNoSuchCheckpoint(failure) }).toEqual(isGone);
  fake.restore();
});
