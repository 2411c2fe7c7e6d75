/** Which images are trained on, which validate, and in which order each epoch sees them: all from the seed. */
import { DATASETS } from '../../shared/datasets.ts';
import { type TrainSpec, trainImageCount } from '../../shared/jobs.ts';
import { randomStream, shuffle } from './random.ts';

/** Indices into the image set `train`. */
export interface Split {
  train: Uint32Array;
  validation: Uint32Array;
}

/** A random split of the dataset's training set; the validation images are the same for every `trainSize`. */
export function splitIndices(spec: Pick<TrainSpec, 'dataset' | 'validationSize' | 'trainSize' | 'seed'>): Split {
  const { trainImages } = DATASETS[spec.dataset];
  const shuffled = new Uint32Array(trainImages);
  for (let i = 0; i < trainImages; i++) shuffled[i] = i;
  shuffle(shuffled, randomStream(spec.seed, 'split', 0));
  return {
    train: shuffled.slice(0, trainImageCount(spec)),
    validation: shuffled.slice(trainImages - spec.validationSize),
  };
}

/** The training split as this epoch sees it; `epoch` counts from 1, and needs none before it. */
export function epochOrder(train: Uint32Array, seed: number, epoch: number): Uint32Array {
  const order = train.slice();
  shuffle(order, randomStream(seed, 'order', epoch));
  return order;
}
