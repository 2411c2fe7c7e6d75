/** Whether an image set is whole, and indices lie inside it: every engine checks before it computes. */
import type { ModelArchitecture } from '../../shared/models/models.ts';
import type { ImageSet, ImageSetName } from './engine.ts';

/** 32 × 32. */
export const IMAGE_BYTES = 1024;

/** @throws RangeError saying what was found and what was expected */
export function checkImageSet(name: ImageSetName, { count, images, labels }: ImageSet): void {
  if (images.length !== count * IMAGE_BYTES) {
    throw new RangeError(`image set ${name}: ${images.length} bytes, expected ${count} × ${IMAGE_BYTES}`);
  }
  if (labels.length !== count) throw new RangeError(`image set ${name}: ${labels.length} labels, expected ${count}`);
}

/** @throws RangeError naming the first image whose label is no class of the model */
export function checkLabels(name: ImageSetName, { labels }: ImageSet, { classes }: ModelArchitecture): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new RangeError(`image set ${name}: image ${wrong} has label ${labels[wrong]}, expected 0 to ${classes - 1}`);
  }
}

/** @throws RangeError naming the first index outside the image set */
export function checkIndices(name: ImageSetName, count: number, indices: Uint32Array): void {
  const outside = indices.find((index) => index >= count);
  if (outside !== undefined) {
    throw new RangeError(`index ${outside} is outside image set ${name}, which has ${count} images`);
  }
}
