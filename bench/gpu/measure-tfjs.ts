/** Measures TensorFlow through our engine, as measurer.ts asks: one process for each setting, which TensorFlow reads once. */
import { plainSgd } from '../../shared/jobs.ts';
import type { Engine } from '../../worker/engines/engine.ts';
import { createEagerExecutor } from '../../worker/engines/tfjs/eager-executor.ts';
import { BACKEND, deviceOf, openBackend } from '../../worker/engines/tfjs/tensorflow/binding.ts';
import { createGraphExecutor } from '../../worker/engines/tfjs/tensorflow/graph-executor.ts';
import { createTensorflowEngine } from '../../worker/engines/tfjs/tensorflow/tensorflow-engine.ts';
import { createTfjsEngine } from '../../worker/engines/tfjs/tfjs-engine.ts';
import { initialState } from '../../worker/models/initial-state.ts';
import type { Case } from '../measurer.ts';
import { IMAGES, noise } from '../noise.ts';
import { type Runnable, serve } from '../serve.ts';
import { createPlainScript } from './plain-script.ts';

const images = noise(IMAGES);

const backend = openBackend();
const device = deviceOf(backend);
let whole: Engine | undefined;

function prepare({ work, way, batchSize, unrolled }: Case): Runnable {
  if (way === 'script') return createPlainScript(images, batchSize, scattered);
  const executor = way === 'eager' ? createEagerExecutor(BACKEND) : createGraphExecutor(backend, unrolled);
  const engine = createTfjsEngine({ name: 'tensorflow', device, stepsAtOnce: unrolled }, executor);
  engine.loadImages('train', images);
  begin(engine, batchSize);
  return {
    stepsAtOnce: engine.stepsAtOnce,
    run: (steps) =>
      work === 'training'
        ? engine.trainSteps(scattered(steps * batchSize))
        : engine.evaluate('train', scattered(steps * batchSize)),
    close: engine.close,
  };
}

function begin(engine: Engine, batchSize: number): void {
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer: plainSgd(0.001), batchSize }, initialState('lenet5', 0));
}

/** As a shuffled epoch has them. */
function scattered(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => (i * 2_654_435_761) % IMAGES);
}

await serve({
  about: () => ({ version: backend.binding.TF_Version, device }),
  prepare,
  async begin() {
    const engine = whole ?? (await createTensorflowEngine({ threads: 1 }));
    if (whole === undefined) engine.loadImages('train', images);
    whole = engine;
    return () => {
      begin(engine, 16);
      return engine.trainSteps(scattered(16));
    };
  },
});
