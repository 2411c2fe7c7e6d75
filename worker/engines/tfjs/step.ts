/** One training step and one evaluation in tf ops: tfjs's own autodiff, and the optimizer's update. */
import * as tf from '@tensorflow/tfjs-core';
// for its side effect: it registers the gradients of tfjs's ops; tfjs-core has them in a form that Node does not load
import '@tensorflow/tfjs-layers';
import type { EngineDemand } from '../../../shared/engines.ts';
import type { ModelArchitecture } from '../../../shared/models/models.ts';
import { forward } from './model.ts';

export interface Plan {
  model: ModelArchitecture;
  head: EngineDemand['head'];
  learningRate: number;
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

export interface StepOutputs {
  parameters: tf.Tensor[];
  /** Of each image, before the update. */
  losses: tf.Tensor1D;
  predictions: tf.Tensor1D;
}

export interface EvaluationOutputs {
  losses: tf.Tensor1D;
  predictions: tf.Tensor1D;
  /** The softmax probability of each predicted class. */
  confidences: tf.Tensor1D;
}

/** The caller disposes of what comes back; it frees all else by itself. */
export function trainStep(
  { model, head, learningRate }: Plan,
  parameters: tf.Tensor[],
  batch: TrainingBatch,
): StepOutputs {
  const outputs = tf.tidy(() => {
    const kept: { losses?: tf.Tensor1D; predictions?: tf.Tensor1D } = {};
    const meanLoss = (...values: tf.Tensor[]): tf.Scalar => {
      const logits = forward(model, head, values, batch.images);
      const losses = crossEntropies(logits, batch.labels);
      kept.losses = tf.keep(losses);
      kept.predictions = tf.keep(tf.argMax(logits, 1) as tf.Tensor1D);
      return tf.sum(tf.mul(losses, batch.weights)) as tf.Scalar;
    };
    const gradients = tf.grads(meanLoss)(parameters);
    const { losses, predictions } = kept;
    if (!losses || !predictions) throw new Error('the loss was not computed');
    const updated = parameters.map((value, i) => {
      const gradient = gradients[i];
      if (gradient === undefined) throw new Error(`parameter ${i} has no gradient`);
      return tf.sub(value, tf.mul(gradient, learningRate));
    });
    return { updated, losses, predictions };
  });
  return { parameters: outputs.updated, losses: outputs.losses, predictions: outputs.predictions };
}

export function evaluationStep(
  { model, head }: Pick<Plan, 'model' | 'head'>,
  parameters: tf.Tensor[],
  batch: Batch,
): EvaluationOutputs {
  return tf.tidy(() => {
    const logits = forward(model, head, parameters, batch.images);
    return {
      losses: crossEntropies(logits, batch.labels),
      predictions: tf.argMax(logits, 1) as tf.Tensor1D,
      confidences: tf.max(tf.softmax(logits), 1) as tf.Tensor1D,
    };
  });
}

function crossEntropies(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const chosen = tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32');
  return tf.neg(tf.sum(tf.mul(chosen, tf.logSoftmax(logits)), 1)) as tf.Tensor1D;
}
