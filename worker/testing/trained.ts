/** LeNet-5 trained for a second or two, for tests that need parameters which know digits from each other. */
import type { Tensors } from '../../shared/checkpoints/tensors.ts';
import { plainSgd, type TrainSpec } from '../../shared/jobs.ts';
import { loadDataset } from '../data/datasets.ts';
import { createSimdEngine } from '../engines/simd/simd-engine.ts';
import { range } from '../engines/testing/reference.ts';
import { initialState } from '../models/initial-state.ts';

export interface Trained {
  state: Tensors;
  /** The engine's, of all test images. */
  predictions: Uint8Array;
  /** Its softmax probabilities of them. */
  confidences: Float64Array;
  accuracy: number;
}

const IMAGES = 10_000;

export async function createTrained({ head }: Pick<TrainSpec, 'head'>): Promise<Trained> {
  const { train, test } = await loadDataset('mnist', 'bilinear', { dataDir: 'none' });
  const engine = await createSimdEngine({ threads: 1 });
  engine.loadImages('train', train);
  engine.loadImages('test', test);
  const optimizer = plainSgd(0.05);
  engine.begin({ model: 'lenet5', head, optimizer, batchSize: 16 }, initialState('lenet5', 0));
  await engine.trainSteps(range(0, IMAGES));
  const { predictions, confidences } = await engine.evaluate('test', range(0, test.count));
  const state = engine.exportState();
  engine.close();
  const correct = predictions.reduce((sum, predicted, i) => sum + (predicted === test.labels[i] ? 1 : 0), 0);
  return { state, predictions, confidences, accuracy: correct / test.count };
}
