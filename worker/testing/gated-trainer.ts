/**
 * A trainer for tests, the real one around the real engine, in which something happens at a given step of the engine
 * simd (counted over the trainer's life): with GATE_STEP set, that step is computed, GATE_FILE is written, and no step
 * follows; with POISON_STEP set, the loss of that step is not finite; with NO_MEMORY_STEP set, it finds no memory. With
 * STEP_MS set, a step takes at least so long. With OPENING_MS set, any engine takes so long to be opened, and says NOTICE
 * then. With GPU_FILE set, the engine tensorflow takes itself to be on a GPU while there is that file; with
 * NO_ENGINE_FILE set, simd cannot be opened while there is that one.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { loadDataset } from '../data/datasets.ts';
import type { CreateEngine, StepResults } from '../engines/engine.ts';
import { ENGINE_FACTORIES } from '../engines/engines.ts';
import { withEngine } from '../engines/with-engine.ts';
import { processChannel } from '../trainer/channel.ts';
import { describeDevice } from '../trainer/device.ts';
import { runTrainer } from '../trainer/run-trainer.ts';

const gateStep = Number(process.env.GATE_STEP ?? Number.POSITIVE_INFINITY);
const poisonStep = Number(process.env.POISON_STEP ?? Number.POSITIVE_INFINITY);
const noMemoryStep = Number(process.env.NO_MEMORY_STEP ?? Number.POSITIVE_INFINITY);
const stepMs = Number(process.env.STEP_MS ?? 0);
const gateFile = process.env.GATE_FILE ?? '';
const openingMs = Number(process.env.OPENING_MS ?? 0);
const notice = process.env.NOTICE;
const gpuFile = process.env.GPU_FILE;
const noEngineFile = process.env.NO_ENGINE_FILE;

function slow(create: CreateEngine): CreateEngine {
  if (openingMs === 0) return create;
  return async (options) => {
    await pause(openingMs);
    if (notice !== undefined) options.say?.(notice);
    return create(options);
  };
}

function absent(create: CreateEngine): CreateEngine {
  if (noEngineFile === undefined) return create;
  return async (options) => {
    if (existsSync(noEngineFile)) throw new Error('file too short');
    return create(options);
  };
}

function withGpu(create: CreateEngine): CreateEngine {
  if (gpuFile === undefined) return create;
  return async (options) => withEngine(await create(options), { device: existsSync(gpuFile) ? 'gpu' : 'cpu' });
}

function gated(create: CreateEngine): CreateEngine {
  return async (options) => {
    const engine = await create(options);
    let batchSize = 1;
    let steps = 0;

    async function trainSteps(indices: Uint32Array): Promise<StepResults> {
      const count = Math.ceil(indices.length / batchSize);
      const begunAt = performance.now();
      const results: StepResults = { lossSums: new Float64Array(count), correct: new Uint32Array(count) };
      for (let step = 0; step < count; step += 1) {
        const one = await engine.trainSteps(indices.subarray(step * batchSize, (step + 1) * batchSize));
        results.lossSums.set(one.lossSums, step);
        results.correct.set(one.correct, step);
        steps += 1;
        if (steps === noMemoryStep) throw new Error('OOM when allocating tensor with shape[16,28,28,6]');
        if (steps === poisonStep) results.lossSums[step] = Number.NaN;
        if (steps === gateStep) {
          writeFileSync(gateFile, 'reached');
          return new Promise(() => {});
        }
      }
      const leftMs = count * stepMs - (performance.now() - begunAt);
      if (leftMs > 0) await pause(leftMs);
      return results;
    }

    return withEngine(engine, {
      begin: (demand, state) => {
        batchSize = demand.batchSize;
        engine.begin(demand, state);
      },
      trainSteps,
    });
  };
}

runTrainer({
  channel: processChannel(),
  engines: {
    simd: slow(absent(gated(ENGINE_FACTORIES.simd))),
    tensorflow: slow(withGpu(ENGINE_FACTORIES.tensorflow)),
    wasm: slow(ENGINE_FACTORIES.wasm),
  },
  loadDataset: ({ dataset, resize }) => loadDataset(dataset, resize, { dataDir: process.env.DATA_DIR ?? '.data' }),
  describeDevice: (type) => describeDevice(type, process.env.CUDA_VISIBLE_DEVICES),
  threads: 1,
  requireGpu: process.env.REQUIRE_GPU === '1',
});
