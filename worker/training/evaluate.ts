/** Loss, accuracy and confusion of the engine's present state on some images. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Evaluation, MisclassifiedImage } from '../../shared/views.ts';
import type { Engine, ImageSetName } from '../engines/engine.ts';

export interface EvaluationRequest {
  engine: Engine;
  set: ImageSetName;
  /** Of all images of the set. */
  labels: Uint8Array;
  /** Which images of the set. */
  indices: Uint32Array;
  classes: number;
  /** Its reason is thrown between two calls of the engine. */
  signal: AbortSignal;
  /** Images a call; part of the result's bits, because sums of floats depend on how they are grouped. */
  chunk?: number;
  /** Called for each image whose prediction is not its label, in the order of `indices`. */
  onMistake?(mistake: MisclassifiedImage): void;
}

const CHUNK = 256;

export async function evaluate({
  engine,
  set,
  labels,
  indices,
  classes,
  signal,
  chunk: size = CHUNK,
  onMistake = () => {},
}: EvaluationRequest): Promise<Evaluation> {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let totalLoss = 0;
  for (let start = 0; start < indices.length; start += size) {
    signal.throwIfAborted();
    const chunk = indices.subarray(start, start + size);
    const { lossSum, predictions, confidences } = await engine.evaluate(set, chunk);
    totalLoss += lossSum;
    chunk.forEach((image, i) => {
      const label = labels[image] as number;
      const predicted = predictions[i] as number;
      const row = confusion[label] as number[];
      row[predicted] = (row[predicted] ?? 0) + 1;
      if (predicted !== label) onMistake({ index: image, label, predicted, confidence: confidences[i] as number });
    });
    await nextTurn();
  }
  signal.throwIfAborted();

  const correct = confusion.map((row, label) => row[label] as number);
  const ofClass = confusion.map((row) => sum(row));
  return {
    loss: totalLoss / indices.length,
    accuracy: sum(correct) / indices.length,
    perClass: correct.map((count, label) => (ofClass[label] ? count / ofClass[label] : null)),
    confusion,
  };
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
