/** Measures one of our engines, as measurer.ts asks: `node measure-engine.js ENGINE THREADS`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EngineName, plainSgd } from '../../shared/jobs.ts';
import { epochOrder } from '../../worker/data/split.ts';
import type { Engine } from '../../worker/engines/engine.ts';
import { ENGINE_FACTORIES } from '../../worker/engines/engines.ts';
import { initialState } from '../../worker/models/initial-state.ts';
import { createPace } from '../../worker/training/pace.ts';
import type { Case } from '../measurer.ts';
import { IMAGES, noise } from '../noise.ts';
import { type Runnable, serve } from '../serve.ts';

const [name, threads] = process.argv.slice(2);
const images = noise(IMAGES);
const inOrder = Uint32Array.from({ length: IMAGES }, (_, i) => i);

async function prepare({ work, batchSize }: Case): Promise<Runnable> {
  const engine = await ENGINE_FACTORIES[name as EngineName]({ threads: Number(threads) });
  engine.loadImages('train', images);
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer: plainSgd(0.001), batchSize }, initialState('lenet5', 0));
  const pass =
    work === 'training'
      ? trainer(engine, batchSize)
      : (count: number) => engine.evaluate('train', inOrder.subarray(0, count));
  return {
    stepsAtOnce: engine.stepsAtOnce,
    async run(steps) {
      for (let left = steps * batchSize; left > 0; left -= IMAGES) await pass(Math.min(left, IMAGES));
    },
    close: engine.close,
  };
}

/** In calls as train() makes them, and with the shuffle that each epoch of a job has. */
function trainer(engine: Engine, batchSize: number): (count: number) => Promise<void> {
  const pace = createPace(engine.stepsAtOnce);
  return async (count) => {
    const order = epochOrder(inOrder, 0, 1).subarray(0, count);
    for (let first = 0; first < count; ) {
      const batches = order.subarray(first, first + pace.steps * batchSize);
      const startedAt = performance.now();
      await engine.trainSteps(batches);
      pace.measured(batches.length / batchSize, (performance.now() - startedAt) / 1000);
      first += batches.length;
      await nextTurn();
    }
  };
}

await serve({ prepare });
