/** The client against a real API: every route by a method of its own, and its errors. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../shared/package-root.ts';
import type { EvalResult, FullEvaluation } from '../shared/views.ts';
import { initialState } from '../worker/models/initial-state.ts';
import { ProblemError, TrainyardClient, UnexpectedAnswerError, UnreachableError } from './client.ts';
import { routes } from './routes.ts';
import { type ClientYard, first, startClientYard } from './testing/client-yard.ts';
import { commitEpoch, createFakeWorker, type FakeWorker, type TakenJob } from './testing/fake-worker.ts';

let yard: ClientYard;
let api: ClientYard['api'];
let client: ClientYard['client'];
let evaluator: FakeWorker;
let train: TakenJob;
let evaluation: FullEvaluation;
/** Operations of the requests that were sent, by the table of routes. */
const sent: (string | undefined)[] = [];

const noted: typeof fetch = (url, init) => {
  const { pathname } = new URL(String(url));
  const isIt = (path: string) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
  sent.push(routes.find(({ method, path }) => method.toUpperCase() === init?.method && isIt(path))?.operationId);
  return fetch(url, init);
};

beforeAll(async () => {
  yard = await startClientYard(noted);
  ({ api, client } = yard);
  evaluator = createFakeWorker(api.server.url, { queue: 'eval' });
  await yard.trainer.signOn();
  train = await yard.running();
  const job = await client.get(train.id);
  if (job.kind !== 'train') throw new Error('it is no train job');
  const state = initialState('lenet5', 1);
  await commitEpoch(train, { store: api.checkpoints, spec: job.spec, epoch: 1, best: true, state });
  evaluation = await evaluatedJob();
});
afterAll(async () => {
  await evaluator.close();
  await yard.close();
});

async function evaluatedJob(): Promise<FullEvaluation> {
  await client.submit({ kind: 'eval', spec: { checkpoint: { jobId: train.id } } });
  const { id, attempt } = await evaluator.take();
  const [{ cursor, name, parametersSha256 } = expect.fail('no checkpoint')] = await api.store.checkpoints(train.id);
  const whole: FullEvaluation = {
    jobId: id,
    checkpoint: { jobId: train.id, name, cursor, parametersSha256 },
    dataset: 'mnist',
    split: 'test',
    images: 1,
    loss: 2.3,
    accuracy: 0,
    perClass: [0],
    confusion: [[0, 1]],
    misclassified: [{ index: 0, label: 0, predicted: 1, confidence: 0.2 }],
  };
  await api.checkpoints.putEvaluation(id, attempt.number, new TextEncoder().encode(JSON.stringify(whole)));
  const { jobId, checkpoint, ...rest } = whole;
  const result: EvalResult = { ...rest, engine: 'simd', misclassified: 1, seconds: 1, imagesPerSecond: 1 };
  await attempt.complete(result);
  return whole;
}

/** For each operation of the table of routes, the calls that lead to it. */
const CALLS: Record<string, (() => Promise<unknown>)[]> = {
  submitJob: [
    () => client.submit({ kind: 'train', spec: { optimizer: { learningRate: 0.05 } }, tags: ['client'] }),
    () => client.submitMany([{ kind: 'train' }, { kind: 'train', spec: { epochs: 0 } }]),
    () => client.dryRun({ kind: 'train' }),
  ],
  listJobs: [() => client.list({ kind: 'train', state: 'waiting', limit: 2 })],
  countJobs: [() => client.counts()],
  getJob: [() => client.get(train.id)],
  removeJob: [async () => client.remove(await yard.cancelled())],
  cancelJob: [async () => client.cancel(await yard.waiting())],
  retryJob: [async () => client.retry(await yard.cancelled())],
  getMetrics: [() => client.metrics(train.id), () => client.metricsCsv(train.id)],
  getLossPlot: [() => client.lossPlot(train.id, { theme: 'dark' })],
  listCheckpoints: [() => client.checkpoints(train.id)],
  getCheckpoint: [() => client.checkpoint(train.id, 'best'), () => client.checkpointFile(train.id, 1)],
  predict: [() => client.predict({ checkpoint: { jobId: train.id }, image: Array(784).fill(0) })],
  getDatasetImage: [() => client.datasetImage('mnist', 'test', 0)],
  getEvaluation: [() => client.evaluation(evaluation.jobId)],
  followJob: [() => first(client.events(train.id))],
  followAll: [() => first(client.allEvents({ lastEventId: '0-0' }))],
  listWorkers: [() => client.workers()],
  getQueueStats: [() => client.queueStats('train-cpu')],
  listAudit: [() => client.audit({ limit: 2 })],
  getMe: [() => client.me()],
  getHealth: [() => client.health()],
  getReadiness: [() => client.readiness()],
};

describe('every route', () => {
  it.each(routes.map((route) => [route.operationId, route] as const))(
    '%s is reached by a method, which gives what the route answers',
    async (operationId, { answers, events, files = [] }) => {
      const bodies = Object.values(answers);
      for (const call of CALLS[operationId] ?? [() => expect.fail('the client has no method for it')]) {
        sent.length = 0;
        const result = await call();
        expect(sent.at(-1)).toBe(operationId);
        const isFile = files.length > 0 && (typeof result === 'string' || result instanceof Uint8Array);
        const { id, ...event } = Object(result);
        const isBody = bodies.some((schema) => schema.safeParse(result).success) || events?.safeParse(event).success;
        expect(isFile || isBody, `the answer of ${operationId}`).toBe(true);
      }
    },
  );

  it('gives files as they are', async () => {
    expect(await client.metricsCsv(train.id)).toMatch(/^epoch,trainLoss,.*\r\n1,2,/);
    expect(await client.lossPlot(train.id)).toMatch(/^<svg /);
    expect((await client.checkpointFile(train.id, 'last')).length).toBe((await client.checkpoint(train.id, 1)).bytes);
    expect([...(await client.datasetImage('mnist', 'train', 0)).slice(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect(await client.evaluation(evaluation.jobId)).toEqual(evaluation);
    expect(await client.openapi()).toMatchObject({ openapi: '3.1.1' });
  });

  it('submits once under one key', async () => {
    const options = { idempotencyKey: 'once' };
    const [one, other] = [
      await client.submit({ kind: 'train' }, options),
      await client.submit({ kind: 'train' }, options),
    ];
    expect(other.id).toBe(one.id);
    const jobs = [{ kind: 'train' as const }, { kind: 'train' as const, name: 'second' }];
    const ids = async () =>
      (await client.submitMany(jobs, { idempotencyKey: 'list' })).items.map((item) => 'job' in item && item.job.id);
    expect(await ids()).toEqual(await ids());
  });

  it('reads all pages of a list, each job once', async () => {
    const { items } = await client.submitMany(Array.from({ length: 7 }, () => ({ kind: 'train', tags: ['pages'] })));
    const ids: string[] = [];
    for await (const { id } of client.listAll({ tag: 'pages', limit: 3 })) ids.push(id);
    const submitted = items.map((item) => ('job' in item ? item.job.id : ''));
    expect(ids).toEqual(submitted.sort().reverse());
  });
});

describe('what goes wrong', () => {
  it('is a ProblemError with the problem, its status and code', async () => {
    const failure = await client.submit({ kind: 'train', spec: { epochs: -1 } }).catch((error) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect(failure).toMatchObject({
      status: 422,
      code: 'validation-failed',
      problem: { errors: [{ field: 'spec.epochs', value: -1 }] },
      message: expect.stringContaining('spec.epochs'),
    });
    for (const asked of [
      () => client.get('none'),
      () => first(client.events('none')),
      () => client.waitForEnd('none'),
    ]) {
      await expect(asked()).rejects.toMatchObject({ code: 'job-not-found', status: 404 });
    }
  });

  it('is an UnreachableError with its cause where nothing answers, an UnexpectedAnswerError where something else does', async () => {
    const nowhere = new TrainyardClient({ baseUrl: 'http://127.0.0.1:1' });
    const failure = await nowhere.workers().catch((error) => error);
    expect(failure).toBeInstanceOf(UnreachableError);
    expect(failure.message).toContain('http://127.0.0.1:1/v1/workers');
    expect(failure.cause).toBeInstanceOf(TypeError);
    await expect(first(nowhere.allEvents())).rejects.toThrow(UnreachableError);
    const html = new TrainyardClient({ baseUrl: api.url, fetch: (_url, init) => fetch(`${api.url}/docs`, init) });
    await expect(html.workers()).rejects.toThrow(UnexpectedAnswerError);
  });

  it('is the reason of the signal, where that ended it', async () => {
    const signal = AbortSignal.abort(new Error('no more'));
    await expect(client.list({}, { signal })).rejects.toThrow('no more');
    await expect(first(client.events(train.id, { signal }))).rejects.toThrow('no more');
  });

  it('and what the client is told to send with each request is sent', async () => {
    let headers = new Headers();
    const spy: typeof fetch = (url, init) => {
      headers = new Headers(init?.headers);
      return fetch(url, init);
    };
    await new TrainyardClient({ baseUrl: api.url, fetch: spy, headers: { authorization: 'Bearer x' } }).workers();
    expect(headers.get('authorization')).toBe('Bearer x');
  });
});

it('needs nothing of the project or its packages when it runs', () => {
  const files = ['client.js', 'client-errors.js', 'client-events.js', 'client-request.js', 'client-streams.js'];
  for (const file of files) {
    const source = readFileSync(packageFile(`dist/api/${file}`), 'utf8');
    const imported = [...source.matchAll(/\b(?:from|import)\b\s*\(?'([^']+)'/g)].map(([, name]) => name);
    for (const name of imported) expect(files.map((own) => `./${own}`)).toContain(name);
  }
});
