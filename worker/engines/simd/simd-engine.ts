/**
 * The engine `simd`: fused training steps in WebAssembly SIMD, on the CPU. The same bits on every machine and
 * Node version, since WebAssembly settles every rounding and no JavaScript arithmetic touches the state.
 */
import { elementCount, type Tensors } from '../../../shared/checkpoints/tensors.ts';
import { ENGINES, type EngineDemand } from '../../../shared/engines.ts';
import { tensorsInOrder } from '../../../shared/models/check-state.ts';
import { MODELS, parameterCount } from '../../../shared/models/models.ts';
import { checkImageSet, checkIndices, checkLabels } from '../check-images.ts';
import type { CreateEngine, ImageSetName } from '../engine.ts';
import { createKernel, type ImageRegion, type Kernel } from './kernel.ts';

const model = MODELS.lenet5;
/** What the kernels' work area holds. */
const MAX_BATCH = 1024;
/** Images per evaluation call: two groups, whose maps stay in the second-level cache. */
const EVALUATION_BATCH = 16;

export const createSimdEngine: CreateEngine = async () => {
  let kernel: Kernel | undefined = await createKernel();
  let run: EngineDemand | undefined;

  function open(): Kernel {
    if (kernel === undefined) throw new Error('the engine is closed');
    return kernel;
  }

  function begun(): EngineDemand {
    if (run === undefined) throw new Error('no run has begun: call begin first');
    return run;
  }

  function imagesFor(name: ImageSetName, indices: Uint32Array): ImageRegion {
    const region = open().region(name);
    if (region === undefined) throw new Error(`image set ${name} is not loaded`);
    checkIndices(name, region.count, indices);
    return region;
  }

  function importState(state: Tensors): void {
    const tensors = tensorsInOrder(state, model.parameters);
    open().importState(tensors.map(({ data }) => data));
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
      if (demand.batchSize > MAX_BATCH) {
        throw new RangeError(`batch size ${demand.batchSize}, expected at most ${MAX_BATCH}`);
      }
      importState(state);
      run = demand;
    },

    async trainSteps(indices) {
      const { batchSize, head, optimizer } = begun();
      const images = imagesFor('train', indices);
      const steps = Math.ceil(indices.length / batchSize);
      const lossSums = new Float64Array(steps);
      const correct = new Uint32Array(steps);
      for (let step = 0; step < steps; step++) {
        const batch = indices.subarray(step * batchSize, (step + 1) * batchSize);
        lossSums[step] = open().trainStep(images, batch, head === 'tanh', optimizer.learningRate);
        correct[step] = open().countCorrect(batch.length);
      }
      return { lossSums, correct };
    },

    async evaluate(name, indices) {
      const { head } = begun();
      const images = imagesFor(name, indices);
      const predictions = new Uint8Array(indices.length);
      const confidences = new Float64Array(indices.length);
      let lossSum = 0;
      for (let first = 0; first < indices.length; first += EVALUATION_BATCH) {
        const batch = indices.subarray(first, first + EVALUATION_BATCH);
        lossSum += open().evaluate(images, batch, head === 'tanh');
        predictions.set(open().predictions(batch.length), first);
        confidences.set(open().confidences(batch.length), first);
      }
      return { lossSum, predictions, confidences };
    },

    exportState() {
      begun();
      const values = open().exportState(parameterCount(model));
      const state: Tensors = new Map();
      let offset = 0;
      for (const { name, shape } of model.parameters) {
        const length = elementCount(shape);
        state.set(name, { shape: [...shape], data: values.slice(offset, offset + length) });
        offset += length;
      }
      return state;
    },

    importState,

    close() {
      kernel = undefined;
      run = undefined;
    },
  };
};
