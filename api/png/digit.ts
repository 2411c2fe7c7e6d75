/** A PNG of a digit as the 28×28 bytes that models are trained on. */
import { SOURCE_SIDE } from '../../shared/data/resize.ts';
import { toMnistForm } from '../../shared/inference/mnist-form.ts';
import { decodeGrey } from './grey-image.ts';

/**
 * One of exactly 28×28 is taken as it is; any other is brought to MNIST's form.
 * @throws UnreadablePng
 */
export function digitOfPng(bytes: Uint8Array): Uint8Array {
  const image = decodeGrey(bytes);
  const isDigit = image.width === SOURCE_SIDE && image.height === SOURCE_SIDE;
  return isDigit ? Uint8Array.from(image.data) : toMnistForm(image);
}
