/** Loss, accuracy and confusion of the engine's present state on some images. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Evaluation } from '../../shared/views.ts';
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
}

/** Images a call; part of the result's bits, because sums of floats depend on how they are grouped. */
const CHUNK = 256;

export async function evaluate({
  engine,
  set,
  labels,
  indices,
  classes,
  signal,
}: EvaluationRequest): Promise<Evaluation> {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let totalLoss = 0;
  for (let start = 0; start < indices.length; start += CHUNK) {
    signal.throwIfAborted();
    const chunk = indices.subarray(start, start + CHUNK);
    const { lossSum, predictions } = await engine.evaluate(set, chunk);
    totalLoss += lossSum;
    chunk.forEach((image, i) => {
      const row = confusion[labels[image] as number] as number[];
      const prediction = predictions[i] as number;
      row[prediction] = (row[prediction] ?? 0) + 1;
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
