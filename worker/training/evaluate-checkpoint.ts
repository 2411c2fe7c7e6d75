/** What an eval job does: a checkpoint's parameters on one split, and every image it gets wrong. Knows no Redis. */
import type { Tensors } from '../../shared/checkpoints/tensors.ts';
import { DATASETS } from '../../shared/datasets.ts';
import { evaluationDemand } from '../../shared/engines.ts';
import { PermanentError } from '../../shared/errors.ts';
import type { EvalSpec, SplitName, TrainSpec } from '../../shared/jobs.ts';
import type { EvalResult, MisclassifiedImage } from '../../shared/views.ts';
import { splitIndices } from '../data/split.ts';
import type { Engine, ImageSet, ImageSetName } from '../engines/engine.ts';
import { evaluate } from './evaluate.ts';
import { rate } from './progress.ts';

export interface CheckpointEvaluation {
  /** Holds the images of `data` already. */
  engine: Engine;
  data: Record<ImageSetName, Pick<ImageSet, 'count' | 'labels'>>;
  spec: EvalSpec;
  /** The spec that the checkpoint was trained by: its model, head and split. */
  trainedBy: TrainSpec;
  parameters: Tensors;
  signal: AbortSignal;
}

export interface EvaluationOutcome {
  result: EvalResult;
  /** By index. */
  misclassified: MisclassifiedImage[];
}

/** @throws PermanentError 'loss-not-finite', or the reason of `signal` */
export async function evaluateCheckpoint(evaluation: CheckpointEvaluation): Promise<EvaluationOutcome> {
  const { engine, data, spec, trainedBy, parameters, signal } = evaluation;
  const { set, indices } = imagesOf(spec.split, { ...trainedBy, dataset: spec.dataset }, data.test.count);
  const misclassified: MisclassifiedImage[] = [];
  engine.begin(evaluationDemand(trainedBy, spec.batchSize), parameters);
  const startedAt = performance.now();
  const sums = await evaluate({
    engine,
    set,
    labels: data[set].labels,
    indices,
    classes: DATASETS[spec.dataset].classes,
    chunk: spec.batchSize,
    onMistake: (mistake) => misclassified.push(mistake),
    signal,
  });
  if (!Number.isFinite(sums.loss)) {
    throw new PermanentError('loss-not-finite', `the loss of the checkpoint on the ${spec.split} split is not finite`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    result: {
      ...sums,
      engine: engine.name,
      dataset: spec.dataset,
      split: spec.split,
      images: indices.length,
      misclassified: misclassified.length,
      seconds,
      imagesPerSecond: rate(indices.length, seconds),
    },
    misclassified: misclassified.sort((a, b) => a.index - b.index),
  };
}

function imagesOf(split: SplitName, spec: TrainSpec, testCount: number): { set: ImageSetName; indices: Uint32Array } {
  if (split === 'test') return { set: 'test', indices: Uint32Array.from({ length: testCount }, (_, i) => i) };
  return { set: 'train', indices: splitIndices(spec)[split] };
}
