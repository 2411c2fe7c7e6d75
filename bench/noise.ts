import { IMAGE_BYTES } from '../worker/engines/check-images.ts';
import type { ImageSet } from '../worker/engines/engine.ts';

/** What the pixels are does not matter to the speed. */
export function noise(count: number): ImageSet {
  return {
    count,
    images: Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => (i * 2_654_435_761) >>> 24),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  };
}
