/** A checkpoint's parameters as a function from a digit's pixels to what the model takes it for. */
import type { Tensors } from '../checkpoints/tensors.ts';
import { resizeImages } from '../data/resize.ts';
import type { TrainSpec } from '../jobs.ts';
import { tensorsInOrder } from '../models/check-state.ts';
import { MODELS } from '../models/models.ts';
import { forward, softmax } from './forward.ts';

export interface Classification {
  /** The class of the largest logit. */
  prediction: number;
  /** Of each class; they sum to 1. */
  probabilities: number[];
}

/** @param pixels 28 × 28 bytes, row-major, white on black */
export type Classifier = (pixels: Uint8Array) => Classification;

/**
 * Prepares images as the spec's training did.
 * @throws RangeError if a parameter is missing, unknown or of another shape
 */
export function createClassifier(
  { model, head, resize }: Pick<TrainSpec, 'model' | 'head' | 'resize'>,
  parameters: Tensors,
): Classifier {
  const architecture = MODELS[model];
  tensorsInOrder(parameters, architecture.parameters);
  return (pixels) => {
    const image = Float32Array.from(resizeImages(pixels, 1, resize), (byte) => (byte / 255 - 0.5) / 0.5);
    const logits = forward(architecture, head, parameters, image);
    return { prediction: logits.indexOf(Math.max(...logits)), probabilities: softmax(logits) };
  };
}
