import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { commitEpoch, createFakeWorker, epochRow, type FakeWorker } from './testing/fake-worker.ts';

let api: TestApiWithRedis;
let worker: FakeWorker;
let path: string;
beforeAll(async () => {
  api = await startTestApiWithRedis();
  worker = createFakeWorker(api.server.url);
  const { id, spec } = (await api.submit({ kind: 'train', name: 'a <b> & "c"' })).body;
  path = `/v1/jobs/${id}`;
  const taken = await worker.take();
  await commitEpoch(taken, { store: api.checkpoints, spec, epoch: 1, best: false });
  await commitEpoch(taken, { store: api.checkpoints, spec, epoch: 2, best: true });
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

it('metrics are JSON unless CSV is asked for', async () => {
  const epochs = [epochRow(1, 2), epochRow(2, 1)];
  for (const accept of ['*/*', 'application/json', 'text/csv;q=0.5, application/json']) {
    const answer = await api.get(`${path}/metrics`, { accept });
    expect(answer.body).toMatchObject({ epochs });
    expect(answer.headers.get('vary')).toBe('Accept');
  }
});

it('metrics as CSV have a header line, and a line for each epoch', async () => {
  const answer = await api.get(`${path}/metrics`, { accept: 'text/csv' });
  expect(answer.body).toBe(
    [
      'epoch,trainLoss,trainAccuracy,validationLoss,validationAccuracy,imagesPerSecond,seconds\r\n',
      '1,2,0.5,2,0.6,15000,4\r\n',
      '2,2,0.5,1,0.6,15000,4\r\n',
    ].join(''),
  );
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${path.split('/').at(-1)}-metrics.csv"`,
    vary: 'Accept',
  });
});

it('metrics in another form are refused with those that there are', async () => {
  expect((await api.get(`${path}/metrics`, { accept: 'application/xml' })).body).toMatchObject({
    status: 406,
    code: 'not-acceptable',
    detail: expect.stringContaining('application/json, text/csv'),
  });
});

it('the plot of the losses is an SVG in which nothing runs, linked from its job', async () => {
  const { links } = (await api.get(path)).body;
  expect(links.lossPlot).toBe(`${path}/loss.svg`);
  const answer = await api.get(`${links.lossPlot}?theme=dark`);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/svg+xml; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'cache-control': 'private, no-cache',
  });
  expect(answer.headers.has('content-disposition')).toBe(false);
  expect(answer.body).toContain('Loss of a &lt;b&gt; &amp; &quot;c&quot;</title>');
  expect(answer.body).toContain('validation loss from 2 to 1; the lowest validation loss, 1, is that of epoch 2.');
  expect(answer.body).toContain('.ground{fill:#14181d}');
  expect((await api.get(links.lossPlot)).body).toContain('prefers-color-scheme');
  expect((await api.get(`${links.lossPlot}?theme=red`)).body).toMatchObject({
    status: 422,
    errors: [{ field: 'theme', value: 'red', allowed: 'auto (light or dark as the reader prefers), light or dark' }],
  });
});
