/** The images of the datasets one by one, as PNGs. A set is read with the first question for one of its images. */
import { encode } from 'fast-png';
import { readImages } from '../shared/data/idx-files.ts';
import { SOURCE_SIDE } from '../shared/data/resize.ts';
import type { DatasetName, ImageSetName } from '../shared/datasets.ts';

const IMAGE_BYTES = SOURCE_SIDE ** 2;

export type DatasetImages = ReturnType<typeof createDatasetImages>;

export function createDatasetImages(source: { dataDir: string }) {
  const sets = new Map<string, Promise<Uint8Array>>();

  function imagesOf(dataset: DatasetName, set: ImageSetName): Promise<Uint8Array> {
    const key = `${dataset}/${set}`;
    const known = sets.get(key);
    if (known) return known;
    const reading = readImages(dataset, set, source);
    sets.set(key, reading);
    // the next request looks again
    reading.catch(() => sets.delete(key));
    return reading;
  }

  return {
    /**
     * A grey PNG of 28×28, white on black.
     * @param index below the number of images of the set
     * @throws PermanentError 'dataset-unavailable'
     */
    async png(dataset: DatasetName, set: ImageSetName, index: number): Promise<Uint8Array> {
      const images = await imagesOf(dataset, set);
      const data = images.subarray(index * IMAGE_BYTES, (index + 1) * IMAGE_BYTES);
      return encode({ width: SOURCE_SIDE, height: SOURCE_SIDE, channels: 1, depth: 8, data });
    },
  };
}
