/** Measures TensorFlow through our engine, as measurer.ts asks: one process for each setting, which TensorFlow reads once. */
import { plainSgd } from '../../shared/jobs.ts';
import type { Engine } from '../../worker/engines/engine.ts';
import { createEagerExecutor } from '../../worker/engines/tfjs/eager-executor.ts';
import { BACKEND, openBackend } from '../../worker/engines/tfjs/tensorflow/binding.ts';
import { createGraphExecutor } from '../../worker/engines/tfjs/tensorflow/graph-executor.ts';
import { createTensorflowEngine } from '../../worker/engines/tfjs/tensorflow/tensorflow-engine.ts';
import { createTfjsEngine } from '../../worker/engines/tfjs/tfjs-engine.ts';
import { initialState } from '../../worker/models/initial-state.ts';
import type { Case, Request } from '../measurer.ts';
import { noise } from '../noise.ts';
import { serve, timed } from '../serve.ts';

const IMAGES = 4096;

const images = noise(IMAGES);

interface Prepared {
  engine: Engine;
  run(steps: number): Promise<unknown>;
}

const backend = openBackend();
const device = backend.isUsingGpuDevice ? 'gpu' : 'cpu';
const prepared = new Map<number, Prepared>();
let whole: Engine | undefined;

function prepare({ work, way, batchSize, unrolled }: Case): Prepared {
  const executor = way === 'eager' ? createEagerExecutor(BACKEND) : createGraphExecutor(backend, unrolled);
  const engine = createTfjsEngine({ name: 'tensorflow', device, stepsAtOnce: unrolled }, executor);
  engine.loadImages('train', images);
  begin(engine, batchSize);
  return {
    engine,
    run: (steps) =>
      work === 'training'
        ? engine.trainSteps(scattered(steps * batchSize))
        : engine.evaluate('train', scattered(steps * batchSize)),
  };
}

function begin(engine: Engine, batchSize: number): void {
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer: plainSgd(0.001), batchSize }, initialState('lenet5', 0));
}

/** As a shuffled epoch has them. */
function scattered(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => (i * 2_654_435_761) % IMAGES);
}

async function answer(request: Request): Promise<object> {
  switch (request.ask) {
    case 'about':
      return { version: backend.binding.TF_Version, device };
    case 'prepare': {
      const work = prepare(request.case);
      prepared.set(request.id, work);
      return { stepsAtOnce: work.engine.stepsAtOnce };
    }
    case 'run':
      return timed(async () => prepared.get(request.id)?.run(request.steps));
    case 'forget':
      for (const { engine } of prepared.values()) engine.close();
      prepared.clear();
      return {};
    case 'begin': {
      const engine = whole ?? (await createTensorflowEngine({ threads: 1 }));
      if (whole === undefined) engine.loadImages('train', images);
      whole = engine;
      return timed(() => {
        begin(engine, 16);
        return engine.trainSteps(scattered(16));
      });
    }
    default: {
      const never: never = request;
      throw new Error(`unknown request ${JSON.stringify(never)}`);
    }
  }
}

await serve(answer);
