import { beforeAll, describe, expect, it } from 'vitest';
import { loadStage, rehearse, resumeAfter, SPEC, validating } from './testing/rehearsal.ts';
import type { TrainingRun } from './train.ts';

let stage: Pick<TrainingRun, 'engine' | 'data'>;
beforeAll(async () => {
  stage = await loadStage();
});

const spec = (earlyStopping: { patience: number; minDelta: number }, everyEpochs = 1) => ({
  ...SPEC,
  epochs: 6,
  checkpoint: { everyEpochs, keepLast: 3 },
  earlyStopping,
});

describe('early stopping', () => {
  it('ends after as many epochs without a lower validation loss as the spec is patient', async () => {
    const engine = validating(stage.engine, [3, 2, 2.5, 2, 1]);
    const { result, rows } = await rehearse({ ...stage, engine, spec: spec({ patience: 2, minDelta: 0 }), from: null });
    expect(rows.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(result).toMatchObject({ epochs: 4, stoppedEarly: true, best: { epoch: 2, validationLoss: 2 } });
  });

  it('counts an epoch as better only if it is so by more than minDelta', async () => {
    const engine = validating(stage.engine, [3, 2.75, 2.5, 2.25, 2]);
    const { result } = await rehearse({ ...stage, engine, spec: spec({ patience: 1, minDelta: 0.25 }), from: null });
    expect(result).toMatchObject({ epochs: 2, stoppedEarly: true, best: { epoch: 2 } });
  });

  it('does not end a run whose loss goes on falling, nor one that is not asked to', async () => {
    const falling = validating(stage.engine, [6, 5, 4, 3, 2, 1]);
    const patient = { ...stage, engine: falling, spec: spec({ patience: 1, minDelta: 0 }), from: null };
    expect((await rehearse(patient)).result).toMatchObject({ epochs: 6, stoppedEarly: false });
    const rising = {
      ...stage,
      engine: validating(stage.engine, [1, 2, 3, 4, 5, 6]),
      spec: { ...SPEC, epochs: 6 },
      from: null,
    };
    expect((await rehearse(rising)).result).toMatchObject({ epochs: 6, stoppedEarly: false, best: { epoch: 1 } });
  });

  it('saves a checkpoint after the epoch that it ends with, whether one is due or not', async () => {
    const engine = validating(stage.engine, [3, 4, 5]);
    const { checkpoints } = await rehearse({
      ...stage,
      engine,
      spec: spec({ patience: 1, minDelta: 0 }, 5),
      from: null,
    });
    expect(checkpoints.map(({ run }) => run.cursor)).toEqual([{ epoch: 2, step: 0 }]);
  });

  it('ends where it would have, and with the same bits, after a resume from any epoch', async () => {
    const losses = [3, 2, 2.5, 2, 1];
    const impatient = spec({ patience: 2, minDelta: 0 });
    const whole = await rehearse({ ...stage, engine: validating(stage.engine, losses), spec: impatient, from: null });
    for (const epochs of [1, 2, 3, 4]) {
      const from = resumeAfter({ ...whole, checkpoints: whole.checkpoints.slice(0, epochs) });
      const rest = await rehearse({
        ...stage,
        engine: validating(stage.engine, losses, epochs + 1),
        spec: impatient,
        from,
      });
      expect(rest.rows.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4].slice(epochs));
      expect(rest.result).toMatchObject({ epochs: 4, parametersSha256: whole.result?.parametersSha256 });
    }
  });
});
