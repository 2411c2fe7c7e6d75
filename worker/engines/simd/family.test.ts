/** The kernels are of a family: other channels and units are other constants, not another source. */
import { expect, test } from 'vitest';
import { compileSimd } from '../../../scripts/build-simd.mjs';
import { elementCount, type Tensors } from '../../../shared/checkpoints/tensors.ts';
import { Optimizer } from '../../../shared/jobs.ts';
import { type LenetCounts, lenet } from '../../../shared/models/lenet.ts';
import type { ModelArchitecture } from '../../../shared/models/models.ts';
import { randomStream } from '../../data/random.ts';
import { range, readReference } from '../testing/reference.ts';
import { largestDifference } from '../testing/states.ts';
import { createEagerExecutor } from '../tfjs/eager-executor.ts';
import { fromTfLayout, toTfLayout } from '../tfjs/layout.ts';
import { createWasmEngine } from '../tfjs/wasm/wasm-engine.ts';
import { createLenetEngine } from './simd-engine.ts';

const BATCH = 20;
const STEPS = 10;
const optimizer = Optimizer.parse({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 });
const reference = await readReference();

function randomState({ parameters }: ModelArchitecture): Tensors {
  const stream = randomStream(1, 'init', 0);
  return new Map(
    parameters.map(({ name, shape, fanIn }) => {
      const values = Array.from({ length: elementCount(shape) }, () => (2 * stream.uniform() - 1) / Math.sqrt(fanIn));
      return [name, { shape: [...shape], data: Float32Array.from(values) }];
    }),
  );
}

/** The same steps op by op: losses, and the parameters after them. */
async function trainedByTfjs(model: ModelArchitecture, state: Tensors) {
  (await createWasmEngine({ threads: 1 })).close();
  const executor = createEagerExecutor('wasm');
  const { images } = reference;
  executor.loadImages('train', images);
  const slots = [...state.values()].map(({ shape, data }) => ({ shape, data: new Float32Array(data.length) }));
  executor.begin({ model, head: 'tanh', optimizer }, BATCH, [...state.values(), ...slots].map(toTfLayout));
  const indices = Int32Array.from(range(0, BATCH * STEPS));
  const { losses } = executor.train({
    steps: STEPS,
    indices,
    labels: indices.map((index) => images.labels[index] as number),
    weights: new Float32Array(indices.length).fill(1 / BATCH),
    rates: new Float32Array(STEPS).fill(optimizer.learningRate),
  });
  const tensors = executor.readState().map(fromTfLayout);
  executor.close();
  return { losses, parameters: new Map([...state.keys()].map((name, i) => [name, tensors[i]])) as Tensors };
}

const members: LenetCounts[] = [
  { channels: [4, 10], units: [50, 31], classes: 10 },
  { channels: [13, 32], units: [128, 64], classes: 13 },
];

test.each(members)('of %j: steps as tfjs does them, and the state out as it went in', async (counts) => {
  const model = lenet(counts);
  const engine = await createLenetEngine(model, await WebAssembly.compile(await compileSimd(counts)), { threads: 2 });
  const state = randomState(model);
  engine.loadImages('train', reference.images);
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer, batchSize: BATCH }, state);
  const parametersNow = () => new Map([...engine.exportState()].filter(([name]) => state.has(name)));
  expect(parametersNow()).toEqual(state);

  const { lossSums } = await engine.trainSteps(range(0, BATCH * STEPS));
  const expected = await trainedByTfjs(model, state);
  expect(largestDifference(parametersNow(), expected.parameters)).toBeLessThan(1e-6);
  const losses = [...lossSums].map((_, step) =>
    expected.losses.subarray(step * BATCH, (step + 1) * BATCH).reduce((sum, loss) => sum + loss, 0),
  );
  const errors = losses.map((loss, step) => Math.abs(loss - (lossSums[step] ?? Number.NaN)) / BATCH);
  expect(Math.max(...errors)).toBeLessThan(1e-5);
  engine.close();
});
