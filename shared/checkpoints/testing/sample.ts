/** A checkpoint to test with, as large as LeNet-5's and cheap to make. */
import { JobId, TrainSpec } from '../../jobs.ts';
import { type Checkpoint, encodeCheckpoint, parametersOf } from '../checkpoint.ts';
import { sha256OfTensors, type Tensors } from '../tensors.ts';

export const SAMPLE_JOB = JobId.parse('j0mgbtz4k1a1b2c3d4e5');
export const OTHER_JOB = JobId.parse('j0mgbtz4k2f6a7b8c9d0');

export const SAMPLE_SPEC = TrainSpec.parse({ engine: 'simd' });

export function sampleCheckpoint(epoch = 1, step = 0): Checkpoint {
  const weight = Float32Array.from({ length: 60_000 }, (_, i) => Math.fround((i - 30_000 + epoch) / 7));
  const state: Tensors = new Map([
    ['fc.weight', { shape: [100, 600], data: weight }],
    ['fc.bias', { shape: [10], data: Float32Array.from({ length: 10 }, (_, i) => i + step) }],
    ['optimizer.momentum_buffer.fc.bias', { shape: [10], data: new Float32Array(10) }],
  ]);
  return {
    run: {
      cursor: { epoch, step },
      sums: { lossSum: 0.1 + 0.2, correct: 3, images: 16 * step, seconds: 1.5 },
      best: { epoch, validationLoss: 1 / 3, validationAccuracy: 0.9 },
      plateau: { validationLoss: 1 / 3, epochs: 0 },
      optimizerSteps: epoch * 3438 + step,
      seconds: 3.25,
      trainedImages: epoch * 55_000 + 16 * step,
      trainedSeconds: 2.75,
    },
    state,
    parametersSha256: sha256OfTensors(parametersOf(state)),
    isBest: step === 0,
  };
}

export function sampleFile(epoch = 1, step = 0, jobId = SAMPLE_JOB) {
  return encodeCheckpoint(sampleCheckpoint(epoch, step), {
    jobId,
    attempt: 1,
    spec: SAMPLE_SPEC,
    engine: 'simd',
    device: 'cpu',
  });
}
