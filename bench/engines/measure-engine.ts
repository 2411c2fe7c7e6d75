/** Measures one of our engines, as measurer.ts asks: `node measure-engine.js ENGINE THREADS`. */
import { type EngineName, plainSgd } from '../../shared/jobs.ts';
import { epochOrder } from '../../worker/data/split.ts';
import type { Engine } from '../../worker/engines/engine.ts';
import { ENGINE_FACTORIES } from '../../worker/engines/engines.ts';
import { initialState } from '../../worker/models/initial-state.ts';
import type { Case, Request } from '../measurer.ts';
import { noise } from '../noise.ts';
import { serve, timed } from '../serve.ts';
import { IMAGES } from './plan.ts';

interface Prepared {
  engine: Engine;
  run(steps: number): Promise<unknown>;
}

const [name, threads] = process.argv.slice(2);
const images = noise(IMAGES);
const inOrder = Uint32Array.from({ length: IMAGES }, (_, i) => i);
const prepared = new Map<number, Prepared>();

async function prepare({ work, batchSize }: Case): Promise<Prepared> {
  const engine = await ENGINE_FACTORIES[name as EngineName]({ threads: Number(threads) });
  engine.loadImages('train', images);
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer: plainSgd(0.001), batchSize }, initialState('lenet5', 0));
  const pass = work === 'training' ? train : evaluate;
  return {
    engine,
    async run(steps) {
      for (let left = steps * batchSize; left > 0; left -= IMAGES) await pass(engine, Math.min(left, IMAGES));
    },
  };
}

/** With the shuffle, as each epoch of a job has one. */
function train(engine: Engine, count: number): Promise<unknown> {
  return engine.trainSteps(epochOrder(inOrder, 0, 1).subarray(0, count));
}

function evaluate(engine: Engine, count: number): Promise<unknown> {
  return engine.evaluate('train', inOrder.subarray(0, count));
}

async function answer(request: Request): Promise<object> {
  switch (request.ask) {
    case 'prepare': {
      const work = await prepare(request.case);
      prepared.set(request.id, work);
      return { stepsAtOnce: work.engine.stepsAtOnce };
    }
    case 'run': {
      const work = prepared.get(request.id);
      if (!work) throw new Error(`case ${request.id} is not prepared`);
      return timed(() => work.run(request.steps));
    }
    default:
      throw new Error(`an engine is not asked to ${request.ask}`);
  }
}

await serve(answer);
for (const { engine } of prepared.values()) engine.close();
