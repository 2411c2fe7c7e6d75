/** A checkpoint is of no engine: whichever wrote it, every other one reads it and finds in it what the first found. */
import { expect, it } from 'vitest';
import { parametersOf } from '../../../shared/checkpoints/checkpoint.ts';
import { type EngineName, EvalSpec, JobId, Optimizer, type TrainSpec } from '../../../shared/jobs.ts';
import { evaluateCheckpoint } from '../evaluate-checkpoint.ts';
import { loadStage, rehearse, resumeAfter, SPEC } from './rehearsal.ts';

const { signal } = new AbortController();

/** Each pair of different engines, either way round. */
export function pairsOf(engines: readonly EngineName[]) {
  return engines.flatMap((writer) =>
    engines.filter((reader) => reader !== writer).map((reader) => ({ writer, reader })),
  );
}

export function testAcross(pairs: ReturnType<typeof pairsOf>): void {
  it.each(pairs)('what $writer has written, $reader evaluates', async ({ writer, reader }) => {
    // evaluation asks nothing of the optimizer, nor of its tensors
    const spec: TrainSpec = { ...SPEC, engine: writer, optimizer: Optimizer.parse({ type: 'adam' }) };
    const training = await rehearse({ ...(await loadStage(writer)), spec, from: null });
    const parameters = parametersOf(resumeAfter(training)?.state ?? new Map());
    const { result } = await evaluateCheckpoint({
      ...(await loadStage(reader)),
      spec: EvalSpec.parse({
        checkpoint: { jobId: JobId.parse('j0mgbtz4k1a1b2c3d4e5') },
        dataset: 'mnist',
        engine: reader,
      }),
      trainedBy: spec,
      parameters,
      signal,
    });
    expect(training.result?.engine).toBe(writer);
    expect(training.result?.best.epoch).toBe(SPEC.epochs);
    expect(result).toMatchObject({ engine: reader, confusion: training.result?.test.confusion });
    expect(Math.abs(result.loss - (training.result?.test.loss ?? Number.NaN))).toBeLessThan(1e-6);
  });
}
