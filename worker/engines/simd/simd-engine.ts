/**
 * The engine `simd`: fused training steps in WebAssembly SIMD, on the CPU. The same bits on every machine, number of
 * threads and Node version, since WebAssembly settles every rounding and no JavaScript arithmetic touches the state.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { elementCount, type Tensor, type Tensors } from '../../../shared/checkpoints/tensors.ts';
import { ENGINES, type EngineDemand } from '../../../shared/engines.ts';
import type { Optimizer } from '../../../shared/jobs.ts';
import { MODELS, type ModelArchitecture, parameterCount } from '../../../shared/models/models.ts';
import { checkImageSet, checkIndices, checkLabels } from '../check-images.ts';
import type { CreateEngine, Engine, EngineOptions, ImageSetName, StepResults } from '../engine.ts';
import { flatStateOf, slotsOf, stateOf } from '../optimizer-state.ts';
import { type Crew, createCrew } from './crew.ts';
import { compileKernel, createKernel, type ImageRegion, type Kernel, type StepCall } from './kernel.ts';

export const createSimdEngine: CreateEngine = async (options) =>
  createLenetEngine(MODELS.lenet5, await compileKernel('lenet5.wasm'), options);

interface Run {
  demand: EngineDemand;
  /** Of this run alone: how many threads are fastest depends on the batch size, too. */
  crew: Crew;
}

/** How many images a thread trains on, at most, before the process answers messages: 10 to 20 ms' worth. */
const IMAGES_PER_TURN = 256;

/** @param module the kernels, compiled for the very channel and unit counts of the model (scripts/build-simd.mjs) */
export async function createLenetEngine(
  model: ModelArchitecture,
  module: WebAssembly.Module,
  { threads, say = () => {} }: EngineOptions,
): Promise<Engine> {
  let kernel: Kernel | undefined = await createKernel(module, threads, say);
  let run: Run | undefined;

  function open(): Kernel {
    if (kernel === undefined) throw new Error('the engine is closed');
    return kernel;
  }

  function begun(): Run {
    if (run === undefined) throw new Error('no run has begun: call begin first');
    return run;
  }

  function imagesFor(name: ImageSetName, indices: Uint32Array): ImageRegion {
    const region = open().region(name);
    if (region === undefined) throw new Error(`image set ${name} is not loaded`);
    checkIndices(name, region.count, indices);
    return region;
  }

  function importStateFor({ optimizer }: EngineDemand, state: Tensors): void {
    const { tensors, step } = flatStateOf(state, model, optimizer);
    const data = tensors.map((tensor) => tensor.data);
    open().importState(data, slotsOf(optimizer).length);
    open().setStepCount(step);
  }

  /** One step, in parts that leave the process time to answer messages between them. */
  async function divided(images: ImageRegion, indices: Uint32Array, call: StepCall): Promise<StepResults> {
    const shards = open().shardsOf(indices.length);
    const perShard = Math.ceil(indices.length / shards);
    const atOnce = call.threads * Math.max(1, Math.floor(IMAGES_PER_TURN / perShard));
    for (let from = 0; ; from += atOnce) {
      const end = Math.min(from + atOnce, shards);
      const results = open().trainShards(images, indices, { ...call, from, end });
      if (end === shards) return results;
      await nextTurn();
    }
  }

  return {
    name: 'simd',
    device: 'cpu',
    stepsAtOnce: 1,

    loadImages(name, set) {
      checkImageSet(name, set);
      checkLabels(name, set, model);
      open().loadImages(name, set);
    },

    begin(demand, state) {
      const refusal = ENGINES.simd.refusal(demand);
      if (refusal !== null) throw new RangeError(`engine simd: ${refusal}`);
      const { maxBatch } = open();
      if (demand.batchSize > maxBatch) {
        throw new RangeError(`batch size ${demand.batchSize}, expected at most ${maxBatch}`);
      }
      importStateFor(demand, state);
      useOptimizer(open(), demand.optimizer);
      run = { demand, crew: createCrew(open().threads) };
    },

    async trainSteps(indices) {
      const { demand, crew } = begun();
      const { batchSize } = demand;
      const images = imagesFor('train', indices);
      const steps = Math.ceil(indices.length / batchSize);
      const lossSums = new Float64Array(steps);
      const correct = new Uint32Array(steps);
      const isDivided = batchSize > IMAGES_PER_TURN;
      const stepsPerCall = isDivided ? 1 : Math.floor(open().maxCallImages / batchSize);
      for (let step = 0; step < steps; step += stepsPerCall) {
        const part = indices.subarray(step * batchSize, (step + stepsPerCall) * batchSize);
        const call = { batchSize, tanhHead: demand.head === 'tanh', threads: crew.threads() };
        const start = performance.now();
        const results = isDivided ? await divided(images, part, call) : open().trainSteps(images, part, call);
        crew.measured(call.threads, part.length, performance.now() - start);
        lossSums.set(results.lossSums, step);
        correct.set(results.correct, step);
      }
      return { lossSums, correct };
    },

    async evaluate(name, indices) {
      const tanhHead = begun().demand.head === 'tanh';
      const images = imagesFor(name, indices);
      const predictions = new Uint8Array(indices.length);
      const confidences = new Float64Array(indices.length);
      let lossSum = 0;
      const { maxBatch } = open();
      for (let first = 0; first < indices.length; first += maxBatch) {
        const part = open().evaluate(images, indices.subarray(first, first + maxBatch), tanhHead);
        for (const loss of part.losses) lossSum += loss;
        predictions.set(part.predictions, first);
        confidences.set(part.confidences, first);
      }
      return { lossSum, predictions, confidences };
    },

    exportState() {
      const { optimizer } = begun().demand;
      const slots = slotsOf(optimizer).length;
      const shapes = Array.from({ length: 1 + slots }, () => model.parameters.map(({ shape }) => shape)).flat();
      const values = open().exportState(parameterCount(model) * (1 + slots), slots);
      let offset = 0;
      const tensors = shapes.map((shape): Tensor => {
        const from = offset;
        offset += elementCount(shape);
        // out of shared memory, which no one else may be given
        return { shape: [...shape], data: Float32Array.from(values.subarray(from, offset)) };
      });
      return stateOf({ tensors, step: open().stepCount() }, model, optimizer);
    },

    importState: (state) => importStateFor(begun().demand, state),

    close() {
      kernel?.close();
      kernel = undefined;
      run = undefined;
    },
  };
}

function useOptimizer(kernel: Kernel, optimizer: Optimizer): void {
  switch (optimizer.type) {
    case 'sgd': {
      const { learningRate, momentum, nesterov, weightDecay } = optimizer;
      kernel.useSgd(learningRate, momentum, nesterov ? 1 : 0, weightDecay);
      break;
    }
    case 'adam': {
      const { learningRate, beta1, beta2, epsilon, weightDecay } = optimizer;
      kernel.useAdam(learningRate, beta1, beta2, epsilon, weightDecay);
      break;
    }
    default: {
      const never: never = optimizer;
      throw new Error(`unknown optimizer ${JSON.stringify(never)}`);
    }
  }
}
