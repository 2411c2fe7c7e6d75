/** What a trainer does before it says that it is ready. */
import { expect, it } from 'vitest';
import { loadDataset } from '../data/datasets.ts';
import type { Engine } from '../engines/engine.ts';
import { createSimdEngine } from '../engines/simd/simd-engine.ts';
import { withEngine } from '../engines/with-engine.ts';
import { describeDevice } from './device.ts';
import type { FromTrainer, ToTrainer } from './protocol.ts';
import { runTrainer } from './run-trainer.ts';

const RUN_BEGINS = 'a run begins';

/** Warms a trainer around this engine. @returns what happened until it was ready, or could not be */
async function warm(engine: Engine, { requireGpu = false } = {}): Promise<(FromTrainer | string)[]> {
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
  return new Promise((resolve) => {
    let tell: (message: ToTrainer) => void = () => {};
    runTrainer({
      channel: {
        send(message) {
          happened.push(message);
          if (message.type === 'ready' || message.type === 'failure') resolve(happened);
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
    tell({ type: 'warm', warmth: { engine: engine.name, dataset: 'mnist', resize: 'bilinear' } });
  });
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
