/** An engine that runs the steps of step.ts op by op, on whatever backend of tfjs it is given. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../../shared/checkpoints/tensors.ts';
import type { EngineDemand } from '../../../shared/engines.ts';
import type { EngineName } from '../../../shared/jobs.ts';
import { MODELS } from '../../../shared/models/models.ts';
import { checkImageSet, checkIndices, IMAGE_BYTES } from '../check-images.ts';
import type { Engine, ImageSet, ImageSetName } from '../engine.ts';
import { type FlatState, flatStateOf, stateOf, stepAfter } from '../optimizer-state.ts';
import { fromTf, toTf } from './model.ts';
import { ratesAt } from './optimizers.ts';
import { type Batch, evaluationStep, type Plan, trainStep } from './step.ts';

export interface EagerOptions {
  name: EngineName;
  device: Engine['device'];
  /** As registered with tfjs, and ready. */
  backend: string;
}

const EVALUATION_BATCH = 256;

/** (b / 255 − 0.5) / 0.5, each operation rounded to float32. */
const NORMALISED = Float32Array.from({ length: 256 }, (_, byte) =>
  Math.fround(Math.fround(Math.fround(byte / 255) - 0.5) / 0.5),
);

interface Run {
  demand: EngineDemand;
  plan: Plan;
  /** As trainStep takes it. */
  state: tf.Tensor[];
  /** Of the optimizer, so far. */
  step: number;
}

export function createEagerEngine({ name, device, backend }: EagerOptions): Engine {
  const sets = new Map<ImageSetName, ImageSet>();
  let run: Run | undefined;

  function begun(): Run {
    if (run === undefined) throw new Error('no run has begun: call begin first');
    // tfjs has one current backend; one that is ready already is current as soon as the call returns
    if (tf.getBackend() !== backend) void tf.setBackend(backend);
    return run;
  }

  function imagesFor(set: ImageSetName, indices: Uint32Array): ImageSet {
    const images = sets.get(set);
    if (images === undefined) throw new Error(`image set ${set} is not loaded`);
    checkIndices(set, images.count, indices);
    return images;
  }

  function replaceState(current: Run, state: tf.Tensor[], step: number): void {
    tf.dispose(current.state);
    current.state = state;
    current.step = step;
  }

  function take(current: Run, { tensors, step }: FlatState): void {
    replaceState(current, tensors.map(toTf), step);
  }

  return {
    name,
    device,

    loadImages(set, { count, images, labels }) {
      checkImageSet(set, { count, images, labels }, MODELS.lenet5.classes);
      sets.set(set, { count, images: images.slice(), labels: labels.slice() });
    },

    begin(demand, state) {
      const model = MODELS[demand.model];
      const { head, optimizer } = demand;
      const flat = flatStateOf(state, model, optimizer);
      tf.dispose(run?.state ?? []);
      run = { demand, plan: { model, head, optimizer }, state: [], step: 0 };
      take(begun(), flat);
    },

    async trainSteps(indices) {
      const current = begun();
      const { batchSize } = current.demand;
      const images = imagesFor('train', indices);
      const steps = Math.ceil(indices.length / batchSize);
      const lossSums = new Float64Array(steps);
      const correct = new Uint32Array(steps);
      for (let step = 0; step < steps; step++) {
        const chosen = indices.subarray(step * batchSize, (step + 1) * batchSize);
        const batch = batchOf(images, chosen);
        const updates = stepAfter(current.step);
        const rates = ratesAt(current.plan.optimizer, updates).map((rate) => tf.scalar(rate));
        const { state, losses, predictions } = trainStep(current.plan, current.state, batch, rates);
        replaceState(current, state, updates);
        lossSums[step] = sum(losses.dataSync());
        const predicted = predictions.dataSync();
        correct[step] = chosen.filter((index, i) => images.labels[index] === predicted[i]).length;
        tf.dispose([batch.images, batch.labels, ...rates, losses, predictions]);
      }
      return { lossSums, correct };
    },

    async evaluate(set, indices) {
      const { plan, state } = begun();
      const images = imagesFor(set, indices);
      const predictions = new Uint8Array(indices.length);
      const confidences = new Float64Array(indices.length);
      let lossSum = 0;
      for (let first = 0; first < indices.length; first += EVALUATION_BATCH) {
        const batch = batchOf(images, indices.subarray(first, first + EVALUATION_BATCH));
        const outputs = evaluationStep(plan, state, batch);
        lossSum += sum(outputs.losses.dataSync());
        predictions.set(outputs.predictions.dataSync(), first);
        confidences.set(outputs.confidences.dataSync(), first);
        tf.dispose([batch.images, batch.labels, outputs.losses, outputs.predictions, outputs.confidences]);
      }
      return { lossSum, predictions, confidences };
    },

    exportState() {
      const { plan, state, step } = begun();
      return stateOf({ tensors: state.map(fromTf), step }, plan.model, plan.optimizer);
    },

    importState(state: Tensors) {
      const current = begun();
      take(current, flatStateOf(state, current.plan.model, current.plan.optimizer));
    },

    close() {
      tf.dispose(run?.state ?? []);
      run = undefined;
      sets.clear();
    },
  };
}

function batchOf({ images, labels }: ImageSet, indices: Uint32Array): Batch {
  const values = new Float32Array(indices.length * IMAGE_BYTES);
  indices.forEach((index, i) => {
    for (let place = 0; place < IMAGE_BYTES; place++) {
      values[i * IMAGE_BYTES + place] = NORMALISED[images[index * IMAGE_BYTES + place] as number] as number;
    }
  });
  const chosen = Int32Array.from(indices, (index) => labels[index] as number);
  return { images: tf.tensor4d(values, [indices.length, 32, 32, 1]), labels: tf.tensor1d(chosen, 'int32') };
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
