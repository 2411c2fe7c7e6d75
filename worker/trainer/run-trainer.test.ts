/** What a trainer does before it says that it is ready, and from one job to the next. */
import { expect, it } from 'vitest';
import { type ResizeMethod, TrainSpec } from '../../shared/jobs.ts';
import { loadDataset } from '../data/datasets.ts';
import type { Engine } from '../engines/engine.ts';
import { createSimdEngine } from '../engines/simd/simd-engine.ts';
import { withEngine } from '../engines/with-engine.ts';
import { describeDevice } from './device.ts';
import type { FromTrainer, ToTrainer } from './protocol.ts';
import { runTrainer } from './run-trainer.ts';

const RUN_BEGINS = 'a run begins';

/** A trainer around this engine, whose checkpoints are saved at once. */
function trainerOf(engine: Engine, { requireGpu = false } = {}) {
  const happened: (FromTrainer | string)[] = [];
  const watched = withEngine(engine, {
    begin(demand, state) {
      happened.push(RUN_BEGINS);
      engine.begin(demand, state);
    },
    async trainSteps(indices) {
      happened.push(`trains on ${indices.length} images`);
      return engine.trainSteps(indices);
    },
    async evaluate(set, indices) {
      happened.push(`evaluates ${set}`);
      return engine.evaluate(set, indices);
    },
  });
  let tell: (message: ToTrainer) => void = () => {};
  let answered: (message: FromTrainer) => void = () => {};
  runTrainer({
    channel: {
      send(message) {
        happened.push(message);
        if (message.type === 'checkpoint') setImmediate(tell, { type: 'saved' });
        if (['ready', 'result', 'failure'].includes(message.type)) answered(message);
      },
      onMessage: (listener) => {
        tell = listener;
      },
    },
    engines: { simd: async () => watched, tensorflow: async () => watched, wasm: async () => watched },
    loadDataset: ({ dataset, resize }) => loadDataset(dataset, resize, { dataDir: 'none' }),
    describeDevice: (type) => describeDevice(type, undefined),
    threads: 1,
    requireGpu,
  });
  return {
    happened,
    /** @returns what ends it: `ready`, a result or a failure */
    ask: (message: ToTrainer) =>
      new Promise<FromTrainer>((resolve) => {
        answered = resolve;
        tell(message);
      }),
  };
}

/** @returns what happened until it was ready, or could not be */
async function warm(engine: Engine, options: { requireGpu?: boolean } = {}): Promise<(FromTrainer | string)[]> {
  const { happened, ask } = trainerOf(engine, options);
  await ask({ type: 'warm', warmth: { engine: engine.name, dataset: 'mnist', resize: 'bilinear' } });
  return happened;
}

const simd = () => createSimdEngine({ threads: 1 });

it('tells what it computes on, and makes ready what the first job would wait for', async () => {
  const happened = (await warm(await simd())).filter((it) => typeof it === 'string' || it.type !== 'beat');
  expect(happened).toEqual([
    { type: 'opening', engine: 'simd' },
    { type: 'device', device: await describeDevice('cpu', undefined) },
    RUN_BEGINS,
    'evaluates train',
    'evaluates test',
    { type: 'ready' },
  ]);
});

it('makes the graphs ready of an engine that has them: of as many steps as it does at once, and of one', async () => {
  const happened = await warm(withEngine(await simd(), { stepsAtOnce: 4 }));
  const ofRun = happened.slice(happened.indexOf(RUN_BEGINS)).filter((it) => typeof it === 'string');
  expect(ofRun).toEqual([RUN_BEGINS, `trains on ${(4 + 1) * 16} images`, 'evaluates train', 'evaluates test']);
});

it('keeps its engine for a job of other images, and comes to what a fresh trainer does', async () => {
  const fresh = async () => trainerOf(await simd());
  const trained = async ({ ask }: ReturnType<typeof trainerOf>, resize: ResizeMethod) => {
    const spec = TrainSpec.parse({ engine: 'simd', epochs: 1, trainSize: 640, validationSize: 64, resize });
    const answer = await ask({ type: 'start', work: { kind: 'train', spec, from: null, initialParameters: null } });
    if (answer.type !== 'result' || !('parametersSha256' in answer.result)) expect.unreachable(JSON.stringify(answer));
    const { parametersSha256, test } = answer.result;
    return { parametersSha256, test };
  };
  const kept = await fresh();
  const results: unknown[] = [];
  for (const resize of ['bilinear', 'pad', 'bilinear'] as const) results.push(await trained(kept, resize));
  const types = kept.happened.map((it) => (typeof it === 'string' ? it : it.type));
  expect(types.filter((type) => type === 'opening' || type === 'device')).toEqual(['opening', 'device']);
  const [bilinear, padded] = [await trained(await fresh(), 'bilinear'), await trained(await fresh(), 'pad')];
  expect(padded).not.toEqual(bilinear);
  expect(results).toEqual([bilinear, padded, bilinear]);
});

it('loads anew what could not be loaded whole', async () => {
  const engine = await simd();
  const loads: string[] = [];
  const { ask } = trainerOf(
    withEngine(engine, {
      loadImages(name, images) {
        loads.push(name);
        if (loads.length === 2) throw new RangeError('no room for it');
        engine.loadImages(name, images);
      },
    }),
  );
  const warmth = { engine: 'simd', dataset: 'mnist', resize: 'pad' } as const;
  expect(await ask({ type: 'warm', warmth })).toMatchObject({ type: 'failure', message: 'no room for it' });
  expect(await ask({ type: 'warm', warmth })).toEqual({ type: 'ready' });
  expect(loads).toEqual(['train', 'test', 'train', 'test']);
});

it('is not ready on a CPU where a GPU is required of its engine, and is where its engine needs none', async () => {
  expect((await warm(await simd(), { requireGpu: true })).at(-1)).toEqual({ type: 'ready' });
  const onCpu = withEngine(await simd(), { name: 'tensorflow' });
  expect(await warm(onCpu, { requireGpu: true })).toEqual([
    { type: 'opening', engine: 'tensorflow' },
    { type: 'device', device: await describeDevice('cpu', undefined) },
    {
      ...{ type: 'failure', code: 'engine-unavailable', permanent: false },
      message: 'REQUIRE_GPU=1: tensorflow finds no GPU that it can use',
    },
  ]);
});
