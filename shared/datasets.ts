/**
 * What is known of each dataset before it is read: sizes and checksums.
 * Kept here because the API refuses specs whose splits a dataset cannot fill.
 */
export const DATASET_NAMES = ['mnist'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

export const IMAGE_SET_NAMES = ['train', 'test'] as const;
/** `train` holds training and validation images alike; which is which is a matter of indices. */
export type ImageSetName = (typeof IMAGE_SET_NAMES)[number];

export interface DatasetFacts {
  trainImages: number;
  testImages: number;
  classes: number;
  /** MD5 of the uncompressed IDX files, as published with the dataset. */
  md5: Record<'train-images' | 'train-labels' | 'test-images' | 'test-labels', string>;
}

export const DATASETS: Record<DatasetName, DatasetFacts> = {
  mnist: {
    trainImages: 60_000,
    testImages: 10_000,
    classes: 10,
    md5: {
      'train-images': '6bbc9ace898e44ae57da46a324031adb',
      'train-labels': 'a25bea736e30d166cdddb491f175f624',
      'test-images': '2646ac647ad5339dbf082846283269ea',
      'test-labels': '27ae3e4e09519cfbb04c329615203637',
    },
  },
};

export function imageCount(name: DatasetName, set: ImageSetName): number {
  return DATASETS[name][`${set}Images`];
}
