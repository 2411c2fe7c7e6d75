/** The part of an engine on tfjs that is the same for every way to run its steps. */
import type { Tensors } from '../../../shared/checkpoints/tensors.ts';
import type { EngineDemand } from '../../../shared/engines.ts';
import { MODELS, type ModelArchitecture } from '../../../shared/models/models.ts';
import { checkImageSet, checkIndices, checkLabels } from '../check-images.ts';
import type { Engine, ImageSet, ImageSetName } from '../engine.ts';
import { flatStateOf, stateOf, stepAfter } from '../optimizer-state.ts';
import { EVALUATION_BATCH, type Executor } from './executor.ts';
import { fromTfLayout, toTfLayout } from './layout.ts';
import { ratesAt } from './optimizers.ts';

interface Run {
  demand: EngineDemand;
  model: ModelArchitecture;
  /** Of the optimizer, so far. */
  step: number;
}

export function createTfjsEngine(
  identity: Pick<Engine, 'name' | 'device' | 'stepsAtOnce' | 'isBoundToMultiples'>,
  executor: Executor,
): Engine {
  const sets = new Map<ImageSetName, ImageSet>();
  let run: Run | undefined;

  function begun(): Run {
    if (run === undefined) throw new Error('no run has begun: call begin first');
    return run;
  }

  function imagesFor(set: ImageSetName, indices: Uint32Array): ImageSet {
    const images = sets.get(set);
    if (images === undefined) throw new Error(`image set ${set} is not loaded`);
    checkIndices(set, images.count, indices);
    return images;
  }

  return {
    ...identity,

    loadImages(set, images) {
      checkImageSet(set, images);
      if (run) checkLabels(set, images, run.model);
      const copy = { count: images.count, images: images.images.slice(), labels: images.labels.slice() };
      sets.set(set, copy);
      executor.loadImages(set, copy);
    },

    begin(demand, state) {
      const model = MODELS[demand.model];
      const { head, optimizer, batchSize } = demand;
      for (const [set, images] of sets) checkLabels(set, images, model);
      const { tensors, step } = flatStateOf(state, model, optimizer);
      executor.begin({ model, head, optimizer }, batchSize, tensors.map(toTfLayout));
      run = { demand, model, step };
    },

    async trainSteps(indices) {
      const current = begun();
      const { batchSize, optimizer } = current.demand;
      const { labels } = imagesFor('train', indices);
      const steps = Math.ceil(indices.length / batchSize);
      const results = { lossSums: new Float64Array(steps), correct: new Uint32Array(steps) };
      if (steps === 0) return results;
      const batches = filledUp(indices, batchSize, labels);
      const rates: number[] = [];
      for (let step = 0; step < steps; step++) {
        current.step = stepAfter(current.step);
        rates.push(...ratesAt(optimizer, current.step));
      }
      const { losses, predictions } = executor.train({ steps, ...batches, rates: Float32Array.from(rates) });
      for (let i = 0; i < indices.length; i++) {
        const step = Math.floor(i / batchSize);
        results.lossSums[step] = (results.lossSums[step] as number) + (losses[i] as number);
        if (predictions[i] === batches.labels[i]) results.correct[step] = (results.correct[step] as number) + 1;
      }
      return results;
    },

    async evaluate(set, indices) {
      begun();
      const { labels } = imagesFor(set, indices);
      const predictions = new Uint8Array(indices.length);
      const confidences = new Float64Array(indices.length);
      let lossSum = 0;
      for (let first = 0; first < indices.length; first += EVALUATION_BATCH) {
        const chosen = Int32Array.from(indices.subarray(first, first + EVALUATION_BATCH));
        const reports = executor.evaluate(set, chosen, labelsOf(labels, chosen));
        lossSum += reports.losses.reduce((sum, loss) => sum + loss, 0);
        predictions.set(reports.predictions, first);
        confidences.set(reports.confidences, first);
      }
      return { lossSum, predictions, confidences };
    },

    exportState() {
      const { demand, model, step } = begun();
      return stateOf({ tensors: executor.readState().map(fromTfLayout), step }, model, demand.optimizer);
    },

    importState(state: Tensors) {
      const current = begun();
      const { tensors, step } = flatStateOf(state, current.model, current.demand.optimizer);
      executor.writeState(tensors.map(toTfLayout));
      current.step = step;
    },

    close() {
      executor.close();
      run = undefined;
      sets.clear();
    },
  };
}

/** The last batch with the run's first image in the place of those that it lacks, so that every batch has one shape. */
function filledUp(indices: Uint32Array, batchSize: number, labels: Uint8Array) {
  const steps = Math.ceil(indices.length / batchSize);
  const filled = new Int32Array(steps * batchSize).fill(indices[0] as number);
  filled.set(indices);
  const weights = new Float32Array(filled.length);
  for (let first = 0; first < indices.length; first += batchSize) {
    const end = Math.min(first + batchSize, indices.length);
    weights.fill(1 / (end - first), first, end);
  }
  return { indices: filled, labels: labelsOf(labels, filled), weights };
}

function labelsOf(labels: Uint8Array, indices: Int32Array): Int32Array {
  return indices.map((index) => labels[index] as number);
}
