import { IMAGE_BYTES } from '../worker/engines/check-images.ts';
import type { ImageSet } from '../worker/engines/engine.ts';

/** That every process has, so that all find as many of them in the caches: about the test set, and a multiple of each batch size up to 2,048. */
export const IMAGES = 10_240;

/** What the pixels are does not matter to the speed. */
export function noise(count: number): ImageSet {
  return {
    count,
    images: Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => (i * 2_654_435_761) >>> 24),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  };
}
