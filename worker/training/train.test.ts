import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parametersOf } from '../../shared/checkpoints/checkpoint.ts';
import { sha256OfTensors } from '../../shared/checkpoints/tensors.ts';
import { Cancelled, PermanentError, RetryableError } from '../../shared/errors.ts';
import type { TrainSpec } from '../../shared/jobs.ts';
import { TrainResult } from '../../shared/views.ts';
import { epochOrder, splitIndices } from '../data/split.ts';
import { withEngine } from '../engines/with-engine.ts';
import { evaluate } from './evaluate.ts';
import type { Checkpoint } from './run.ts';
import { loadStage, rehearse, resumeAfter, SPEC, stopClock, validating } from './testing/rehearsal.ts';
import type { TrainingRun } from './train.ts';

let stage: Pick<TrainingRun, 'engine' | 'data'>;
let fresh: Pick<TrainingRun, 'engine' | 'data' | 'spec' | 'from'>;
beforeAll(async () => {
  stage = await loadStage();
  fresh = { ...stage, spec: SPEC, from: null };
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The engine, taking so long for a step by the stopped clock. */
function paced(milliseconds: number) {
  const clock = stopClock();
  return withEngine(stage.engine, {
    trainSteps: async (indices) => {
      const results = await stage.engine.trainSteps(indices);
      clock.advance(milliseconds * results.lossSums.length);
      return results;
    },
  });
}

describe('a run', () => {
  it('reports its first step at once, and each epoch before the checkpoint of it', async () => {
    const { log, error } = await rehearse({ ...fresh, engine: paced(25) });
    expect(error).toBeNull();
    expect(log).toEqual([
      'step 1/1',
      ...[1, 2, 3].flatMap((epoch) => [`epoch ${epoch}`, `checkpoint ${epoch}/0`, `committed ${epoch}/0`]),
    ]);
  });

  it('reports a step at most once a second', async () => {
    const { log } = await rehearse({ ...fresh, engine: paced(400) });
    expect(log.filter((entry) => entry.startsWith('step'))).toEqual(['step 1/1', 'step 1/4', 'step 2/3', 'step 3/2']);
  });

  it('asks an engine that is bound to multiples of steps for nothing else, but for the rest of an epoch', async () => {
    const asked: number[] = [];
    const engine = withEngine(stage.engine, {
      stepsAtOnce: 3,
      isBoundToMultiples: true,
      async trainSteps(indices) {
        asked.push(Math.ceil(indices.length / SPEC.batchSize));
        return stage.engine.trainSteps(indices);
      },
    });
    expect((await rehearse({ ...fresh, engine })).error).toBeNull();
    expect(asked.slice(0, 2)).toEqual([3, 1]);
    expect(asked.reduce((sum, steps) => sum + steps)).toBe(12);
    expect(asked.filter((steps) => ![3, 1, 4].includes(steps))).toEqual([]);
  });

  it('ends with a result of the promised form', async () => {
    const { result, rows, checkpoints } = await rehearse({ ...fresh, engine: paced(25) });
    expect(TrainResult.parse(result)).toEqual(result);
    expect(result?.parametersSha256).toBe(checkpoints.at(-1)?.parametersSha256);
    expect(result?.test.confusion.flat().reduce((sum, count) => sum + count)).toBe(300);
    expect(result?.seconds).toBeCloseTo(12 * 0.025, 9);
    expect(result?.imagesPerSecond).toBeCloseTo(60 / 0.1, 6);
    expect(rows.map(({ imagesPerSecond }) => Math.round(imagesPerSecond))).toEqual([600, 600, 600]);
    expect(rows[0]?.trainLoss).toBeCloseTo(2.3, 1);
  });

  it('trains each epoch on the split in an order of its own', async () => {
    const seen: number[] = [];
    const engine = withEngine(stage.engine, {
      trainSteps: (indices) => {
        seen.push(...indices);
        return stage.engine.trainSteps(indices);
      },
    });
    await rehearse({ ...fresh, engine });
    const { train } = splitIndices(SPEC);
    expect(seen).toEqual([1, 2, 3].flatMap((epoch) => [...epochOrder(train, SPEC.seed, epoch)]));
  });

  it('lets messages in between any two calls of the engine', async () => {
    let served = true;
    const waiting = <T>(result: T): T => {
      expect(served).toBe(true);
      served = false;
      setImmediate(() => {
        served = true;
      });
      return result;
    };
    const engine = withEngine(stage.engine, {
      trainSteps: async (indices) => waiting(await stage.engine.trainSteps(indices)),
      evaluate: async (set, indices) => waiting(await stage.engine.evaluate(set, indices)),
    });
    expect((await rehearse({ ...fresh, engine })).error).toBeNull();
  });

  it('evaluates the best checkpoint, the earliest of equals, and only among epochs that have one', async () => {
    const cases: [losses: number[], everyEpochs: number, best: number][] = [
      [[3, 1, 2], 1, 2],
      [[2, 1, 1], 1, 2],
      [[1, 3, 2], 2, 3],
      [[2, 2, 2], 1, 1],
    ];
    for (const [losses, everyEpochs, best] of cases) {
      const spec: TrainSpec = { ...SPEC, checkpoint: { everyEpochs, keepLast: 1 } };
      const { result, checkpoints } = await rehearse({ ...fresh, spec, engine: validating(stage.engine, losses) });
      expect(result?.best).toMatchObject({ epoch: best, validationLoss: losses[best - 1] });
      const bestCheckpoint = checkpoints.findLast(({ isBest }) => isBest);
      expect(bestCheckpoint?.run.cursor).toEqual({ epoch: best, step: 0 });

      stage.engine.importState(parametersOf(bestCheckpoint?.state ?? new Map()));
      const indices = Uint32Array.from({ length: 300 }, (_, i) => i);
      const { labels } = stage.data.test;
      const request = { engine: stage.engine, set: 'test', labels, indices, classes: 10 } as const;
      expect(result?.test).toEqual(await evaluate({ ...request, signal: new AbortController().signal }));
    }
  });
});

describe('checkpoints', () => {
  it('say the hash of their parameters', async () => {
    const { checkpoints } = await rehearse(fresh);
    for (const { state, parametersSha256 } of checkpoints) expect(sha256OfTensors(state)).toBe(parametersSha256);
    expect(new Set(checkpoints.map(({ parametersSha256 }) => parametersSha256)).size).toBe(3);
  });

  it('are handed over one at a time, and the last is awaited', async () => {
    const log: string[] = [];
    let commit = () => {};
    const handedOver = vi.fn();
    const saveCheckpoint = ({ run }: Checkpoint) => {
      handedOver(run.cursor.epoch);
      log.push(`begin ${run.cursor.epoch}`);
      return new Promise<void>((resolve) => {
        commit = () => {
          log.push(`commit ${run.cursor.epoch}`);
          resolve();
        };
      });
    };
    const emit: TrainingRun['emit'] = (event) => {
      if (event.type === 'epoch') log.push(`epoch ${event.row.epoch}`);
    };
    const ended = rehearse({ ...fresh, emit, saveCheckpoint }).then(({ result }) =>
      log.push(`result ${result?.epochs}`),
    );
    // the next epoch is trained while its predecessor's checkpoint is being saved, but not the one after
    for (const epoch of [1, 2, 3]) {
      await vi.waitUntil(() => log.at(-1) === (epoch === 3 ? 'begin 3' : `epoch ${epoch + 1}`), { timeout: 10_000 });
      commit();
    }
    await ended;
    expect(log).toEqual([
      ...['epoch 1', 'begin 1', 'epoch 2', 'commit 1', 'begin 2', 'epoch 3', 'commit 2', 'begin 3', 'commit 3'],
      'result 3',
    ]);
  });

  it.each([1, 2, 3])('that cannot be saved end the run: epoch %i', async (epoch) => {
    const full = new RetryableError('store-unavailable', 'the disk is full');
    const saveCheckpoint = async ({ run }: Checkpoint) => {
      if (run.cursor.epoch === epoch) throw full;
    };
    expect((await rehearse({ ...fresh, saveCheckpoint })).error).toBe(full);
  });
});

describe('a cancelled run', () => {
  it('ends at once and saves nothing more', async () => {
    const stop = new AbortController();
    const engine = withEngine(paced(25), {});
    const { trainSteps } = engine;
    let steps = 0;
    engine.trainSteps = async (indices) => {
      const results = await trainSteps.call(engine, indices);
      if (++steps === 6) stop.abort(new Cancelled());
      return results;
    };
    const { error, log } = await rehearse({ ...fresh, engine, signal: stop.signal });
    expect(error).toBe(stop.signal.reason);
    expect(steps).toBe(6);
    expect(log.filter((entry) => entry.startsWith('checkpoint'))).toEqual(['checkpoint 1/0']);
  });

  it('before its first step does nothing at all', async () => {
    const { error, log } = await rehearse({ ...fresh, signal: AbortSignal.abort(new Cancelled()) });
    expect(error).toBeInstanceOf(Cancelled);
    expect(log).toEqual([]);
  });
});

describe('a loss that is not finite', () => {
  /** Not finite from this step of the run on, counted from 1. */
  const failing = (from: number, value: number, milliseconds: number) => {
    const engine = paced(milliseconds);
    const { trainSteps } = engine;
    let steps = 0;
    return withEngine(engine, {
      trainSteps: async (indices) => {
        const results = await trainSteps.call(engine, indices);
        return { ...results, lossSums: results.lossSums.map((loss) => (++steps >= from ? value : loss)) };
      },
    });
  };

  it.each([
    [1, Number.NaN, 25, 'the loss of epoch 1, step 1 is not finite; there is no checkpoint before it'],
    [3, Number.POSITIVE_INFINITY, 0.1, 'the loss of epoch 1, step 3 is not finite; there is no checkpoint before it'],
    [
      10,
      Number.NaN,
      25,
      'epoch 3, step 2 is not finite; the last good checkpoint was taken after 2 epochs and 0 steps',
    ],
    [
      12,
      Number.NaN,
      0.1,
      'epoch 3, step 4 is not finite; the last good checkpoint was taken after 2 epochs and 0 steps',
    ],
  ])('from step %i on fails the run there: %d', async (from, value, milliseconds, message) => {
    const { error } = await rehearse({ ...fresh, engine: failing(from, value, milliseconds) });
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: 'loss-not-finite', message: expect.stringContaining(message) });
  });

  it('in validation fails the run too', async () => {
    const { error, log } = await rehearse({ ...fresh, engine: validating(stage.engine, [2, Number.NaN]) });
    expect(error).toMatchObject({
      code: 'loss-not-finite',
      message: expect.stringContaining('the validation loss of epoch 2, after step 4, is not finite; the last good'),
    });
    expect(log).not.toContain('epoch 2');
  });

  it('after a resume names the checkpoint that the run came from', async () => {
    const first = await rehearse({ ...fresh, spec: { ...SPEC, epochs: 2 } });
    const from = resumeAfter(first);
    const { error } = await rehearse({ ...fresh, from, engine: failing(1, Number.NaN, 25) });
    expect(error).toMatchObject({ message: expect.stringContaining('was taken after 2 epochs and 0 steps') });
  });
});
