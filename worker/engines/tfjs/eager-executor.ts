/** Runs the steps op by op, on whatever backend of tfjs it is given. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '../../../shared/checkpoints/tensors.ts';
import type { ImageSet, ImageSetName } from '../engine.ts';
import { type Executor, partOf } from './executor.ts';
import { normalised } from './normalise.ts';
import { evaluationStep, type Plan, trainStep } from './step.ts';
import { useBackend } from './use-backend.ts';

interface Run {
  plan: Plan;
  batchSize: number;
  state: tf.Tensor[];
}

/** @param backend as registered with tfjs, and ready */
export function createEagerExecutor(backend: string): Executor {
  const sets = new Map<ImageSetName, ImageSet>();
  let run: Run | undefined;

  function begun(): Run {
    if (run === undefined) throw new Error('no run has begun');
    useBackend(backend);
    return run;
  }

  function imagesOf(set: ImageSetName, indices: Int32Array): tf.Tensor4D {
    const { images } = sets.get(set) as ImageSet;
    return tf.tensor4d(normalised(images, indices), [indices.length, 32, 32, 1]);
  }

  function replaceState(state: tf.Tensor[]): void {
    const current = begun();
    tf.dispose(current.state);
    current.state = state;
  }

  return {
    loadImages: (set, images) => void sets.set(set, images),

    begin(plan, batchSize, state) {
      tf.dispose(run?.state ?? []);
      run = { plan, batchSize, state: [] };
      replaceState(toTf(state));
    },

    train({ steps, indices, labels, weights, rates }) {
      const { plan, batchSize } = begun();
      const reports = { losses: new Float32Array(indices.length), predictions: new Int32Array(indices.length) };
      for (let step = 0; step < steps; step++) {
        const { state, losses, predictions } = tf.tidy(() => {
          const batch = {
            images: imagesOf('train', partOf(indices, step, steps)),
            labels: tf.tensor1d(partOf(labels, step, steps), 'int32'),
            weights: tf.tensor1d(partOf(weights, step, steps)),
          };
          const scalars = [...partOf(rates, step, steps)].map((rate) => tf.scalar(rate));
          return trainStep(plan, begun().state, batch, scalars);
        });
        replaceState(state);
        try {
          reports.losses.set(losses.dataSync(), step * batchSize);
          reports.predictions.set(predictions.dataSync(), step * batchSize);
        } finally {
          tf.dispose([losses, predictions]);
        }
      }
      return reports;
    },

    evaluate(set, indices, labels) {
      const { plan, state } = begun();
      const { losses, predictions, confidences } = tf.tidy(() => {
        const batch = { images: imagesOf(set, indices), labels: tf.tensor1d(labels, 'int32') };
        return evaluationStep(plan, state, batch);
      });
      try {
        return {
          losses: losses.dataSync() as Float32Array,
          predictions: predictions.dataSync() as Int32Array,
          confidences: confidences.dataSync() as Float32Array,
        };
      } finally {
        tf.dispose([losses, predictions, confidences]);
      }
    },

    readState: () => begun().state.map(fromTf),

    writeState: (state) => replaceState(toTf(state)),

    close() {
      tf.dispose(run?.state ?? []);
      run = undefined;
      sets.clear();
    },
  };
}

function toTf(state: readonly Tensor[]): tf.Tensor[] {
  return tf.tidy(() => state.map(({ shape, data }) => tf.tensor(data, shape, 'float32')));
}

function fromTf(tensor: tf.Tensor): Tensor {
  return { shape: [...tensor.shape], data: tensor.dataSync() as Float32Array };
}
