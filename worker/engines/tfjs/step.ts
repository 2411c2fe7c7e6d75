/**
 * One training step and one evaluation in tf ops: tfjs's own autodiff, and the optimizer's update. Neither reads a
 * value back nor depends on one, so that a step can be traced into a graph once and be run for all others.
 */
import * as tf from '@tensorflow/tfjs-core';
// for its side effect: it registers the gradients of tfjs's ops; tfjs-core has them in a form that Node does not load
import '@tensorflow/tfjs-layers';
import type { EngineDemand } from '../../../shared/engines.ts';
import type { ModelArchitecture } from '../../../shared/models/models.ts';
import { forward } from './model.ts';
import { updated } from './optimizers.ts';

export interface Plan {
  model: ModelArchitecture;
  head: EngineDemand['head'];
  optimizer: EngineDemand['optimizer'];
}

export interface Batch {
  /** (batch, height, width, channels), normalised. */
  images: tf.Tensor4D;
  /** (batch), int32. */
  labels: tf.Tensor1D;
}

export interface TrainingBatch extends Batch {
  /** (batch): what an image's loss counts in the mean; 1 / count, and 0 for those that only fill a short batch up. */
  weights: tf.Tensor1D;
}

// types, not interfaces: tf.tidy takes none of those

export type StepOutputs = {
  state: tf.Tensor[];
  /** Of each image, before the update. */
  losses: tf.Tensor1D;
  predictions: tf.Tensor1D;
};

export type EvaluationOutputs = {
  losses: tf.Tensor1D;
  predictions: tf.Tensor1D;
  /** The softmax probability of each predicted class. */
  confidences: tf.Tensor1D;
};

/**
 * The caller disposes of what comes back; it frees all else by itself, and everything if it throws.
 * @param state all parameters in the model's order, then the optimizer's slots one by one, each in that order too
 * @param rates as ratesAt says for this step
 */
export function trainStep(
  { model, head, optimizer }: Plan,
  state: readonly tf.Tensor[],
  batch: TrainingBatch,
  rates: readonly tf.Scalar[],
): StepOutputs {
  const count = model.parameters.length;
  /** Out of the gradient's scope, which frees what it computes. */
  const kept: { losses?: tf.Tensor1D; predictions?: tf.Tensor1D } = {};
  const meanLoss = (...values: tf.Tensor[]): tf.Scalar => {
    const logits = forward(model, head, values, batch.images, 'training');
    const losses = crossEntropies(logits, batch.labels);
    kept.losses = tf.keep(losses);
    kept.predictions = tf.keep(tf.argMax(logits, 1) as tf.Tensor1D);
    return tf.sum(tf.mul(losses, batch.weights)) as tf.Scalar;
  };
  try {
    return tf.tidy(() => {
      const parameters = state.slice(0, count);
      const gradients = tf.grads(meanLoss)(parameters);
      const { losses, predictions } = kept;
      if (!losses || !predictions) throw new Error('the loss was not computed');
      const updates = parameters.map((parameter, i) => {
        const gradient = gradients[i];
        if (gradient === undefined) throw new Error(`parameter ${i} has no gradient`);
        const slots = state.filter((_tensor, place) => place >= count && place % count === i);
        return updated(optimizer, { parameter, slots }, gradient, rates);
      });
      const slotCount = state.length / count - 1;
      const slots = Array.from({ length: slotCount }, (_, slot) => updates.map((update) => update.slots[slot]));
      return { state: [...updates.map(({ parameter }) => parameter), ...slots.flat()], losses, predictions };
    });
  } catch (error) {
    tf.dispose(kept);
    freeTape();
    throw error;
  }
}

/** What tfjs keeps for the way back, and frees at the end of that alone. */
function freeTape(): void {
  const { state } = tf.engine();
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
}

export function evaluationStep(
  { model, head }: Pick<Plan, 'model' | 'head'>,
  parameters: readonly tf.Tensor[],
  batch: Batch,
): EvaluationOutputs {
  return tf.tidy(() => {
    const logits = forward(model, head, parameters, batch.images, 'evaluation');
    return {
      losses: crossEntropies(logits, batch.labels),
      predictions: tf.argMax(logits, 1) as tf.Tensor1D,
      // not by tf.softmax, which is rounded otherwise in a graph
      confidences: tf.exp(tf.max(tf.logSoftmax(logits), 1)) as tf.Tensor1D,
    };
  });
}

function crossEntropies(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const chosen = tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32');
  return tf.neg(tf.sum(tf.mul(chosen, tf.logSoftmax(logits)), 1)) as tf.Tensor1D;
}
