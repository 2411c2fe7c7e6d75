/** Datasets by name, as engines take them: both image sets, checked and resized. */
import { readImages, readLabels } from '../../shared/data/idx-files.ts';
import { resizeImages } from '../../shared/data/resize.ts';
import { type DatasetName, imageCount } from '../../shared/datasets.ts';
import type { ResizeMethod } from '../../shared/jobs.ts';
import type { ImageSet, ImageSetName } from '../engines/engine.ts';

export type Dataset = Record<ImageSetName, ImageSet>;

/**
 * Both image sets, 32×32.
 * @param source.dataDir `<dataDir>/datasets/<name>/` is taken where it exists
 * @throws PermanentError 'dataset-unavailable' naming the file, what was found and what was expected
 */
export async function loadDataset(
  name: DatasetName,
  resize: ResizeMethod,
  source: { dataDir: string },
): Promise<Dataset> {
  const load = async (set: ImageSetName): Promise<ImageSet> => {
    const count = imageCount(name, set);
    return {
      count,
      images: resizeImages(await readImages(name, set, source), count, resize),
      labels: await readLabels(name, set, source),
    };
  };
  return { train: await load('train'), test: await load('test') };
}
