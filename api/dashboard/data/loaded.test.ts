import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awaitLoad } from './loaded.ts';
import { type FakeApi, fakeApi, problem } from './testing/fake-api.ts';

const ID = 'j000000001aaaaaaaaaa';
const PATH = `/v1/jobs/${ID}`;

let fake: FakeApi;
let live: ReturnType<typeof import('./job.ts').createLiveJob>['live'];
let end: () => void;
const onData = vi.fn();
const onError = vi.fn();

beforeEach(async () => {
  fake = fakeApi();
  const created = (await import('./job.ts')).createLiveJob(ID);
  live = created.live;
  end = created.show();
  await fake.answer(`${PATH}/metrics`, { epochs: [] });
  await fake.answer(PATH, { id: ID, kind: 'train', state: 'completed', progress: null });
});
afterEach(() => {
  end();
  fake.restore();
  vi.clearAllMocks();
});

test('what becomes of a load is handed on, but not once it has been broken off', async () => {
  awaitLoad(live.loadCheckpoints, onData, onError);
  await fake.answer(`${PATH}/checkpoints`, { checkpoints: [] });
  expect(onData.mock.calls).toEqual([[{ checkpoints: [] }]]);

  awaitLoad(live.loadCheckpoints, onData, onError);
  await fake.answer(`${PATH}/checkpoints`, problem(503, 'store-unavailable'), 503);
  expect(onError).toHaveBeenCalledOnce();

  awaitLoad(live.loadCheckpoints, onData, onError)();
  await fake.pass(1000);
  expect([onData, onError].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

test('that a job is deleted while its checkpoints are on their way is no error of theirs', async () => {
  awaitLoad(live.loadCheckpoints, onData, onError);
  const removal = live.remove();
  awaitLoad(live.loadCheckpoints, onData, onError);
  await fake.answer(PATH, null, 204);
  await removal;
  expect(onError).not.toHaveBeenCalled();
});
