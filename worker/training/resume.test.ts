/** A run that is interrupted anywhere and goes on gives the same bits and metrics as one that never was. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Interrupted } from '../../shared/errors.ts';
import type { TrainSpec } from '../../shared/jobs.ts';
import { ENGINES_EVERYWHERE } from '../engines/testing/engines-here.ts';
import { attemptsOn, testEveryStep } from './testing/attempts.ts';
import { loadStage, rehearse, resumeAfter, SPEC, type Stage, settled, stopClock } from './testing/rehearsal.ts';

let stage: Stage;
let clock: ReturnType<typeof stopClock>;
beforeAll(async () => {
  stage = await loadStage();
});
beforeEach(() => {
  clock = stopClock();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const attempt = attemptsOn(() => ({ stage, clock }));
const undisturbed = (spec = SPEC, millisecondsPerStep = 25) =>
  attempt('trainSteps', Number.POSITIVE_INFINITY, [], spec, millisecondsPerStep);

describe('interrupted and resumed', () => {
  it('after any step of all', async () => {
    const whole = settled(await undisturbed());
    expect(whole.rows).toHaveLength(3);
    for (let step = 1; step <= 12; step++) {
      const first = await attempt('trainSteps', step);
      expect(first.error).toBeInstanceOf(Interrupted);
      const { run } = first.checkpoints.at(-1) ?? {};
      expect(run?.cursor).toEqual({ epoch: Math.ceil(step / 4) - 1, step: ((step - 1) % 4) + 1 });
      expect(run?.optimizerSteps).toBe(step);
      const second = await attempt('trainSteps', Number.POSITIVE_INFINITY, [first]);
      expect(settled(first, second)).toEqual(whole);
    }
  });

  it('during validation and the test, which it then begins anew', async () => {
    const whole = settled(await undisturbed());
    // two calls each: validation of three epochs, then the test
    for (let call = 1; call <= 8; call++) {
      const first = await attempt('evaluate', call);
      expect(first.error).toBeInstanceOf(Interrupted);
      const isTest = call > 6;
      expect(first.checkpoints.at(-1)?.run.cursor).toEqual(
        isTest ? { epoch: 3, step: 0 } : { epoch: Math.ceil(call / 2) - 1, step: 4 },
      );
      const second = await attempt('trainSteps', Number.POSITIVE_INFINITY, [first]);
      expect(second.log[0]).toBe(isTest ? undefined : call > 4 ? 'epoch 3' : `epoch ${Math.ceil(call / 2)}`);
      expect(settled(first, second)).toEqual(whole);
    }
  });

  it('where not every epoch has a checkpoint', async () => {
    const spec: TrainSpec = { ...SPEC, checkpoint: { everyEpochs: 2, keepLast: 1 } };
    const whole = settled(await undisturbed(spec));
    expect(whole.hashes.map(({ epoch }) => epoch)).toEqual([2, 3]);
    for (const step of [3, 4, 5, 9]) {
      const first = await attempt('trainSteps', step, [], spec);
      const second = await attempt('trainSteps', Number.POSITIVE_INFINITY, [first], spec);
      expect(settled(first, second)).toEqual(whole);
    }
  });

  it('from its last checkpoint it goes straight to the test', async () => {
    const first = await undisturbed();
    const second = await attempt('trainSteps', 1, [first]);
    expect(second.log).toEqual([]);
    expect(second.result).toEqual(first.result);
  });
});

it('however many steps a call makes, bits and metrics are the same', async () => {
  const sizes = vi.spyOn(stage.engine, 'trainSteps');
  const spec: TrainSpec = { ...SPEC, trainSize: 600 };
  const slow = await undisturbed(spec, 25);
  expect(new Set(sizes.mock.calls.map(([indices]) => indices.length))).toEqual(new Set([16, 8]));
  sizes.mockClear();
  const fast = await undisturbed(spec, 0.25);
  expect(Math.max(...sizes.mock.calls.map(([indices]) => indices.length))).toBeGreaterThan(256);
  expect(settled(fast)).toEqual(settled(slow));
});

it('a resume without the parameters of the best epoch is refused', async () => {
  const first = await attempt('trainSteps', 6);
  const from = resumeAfter(first);
  if (!from) throw new Error('no checkpoint');
  const { error } = await rehearse({ ...stage, spec: SPEC, from: { ...from, bestParameters: null } });
  expect(error).toEqual(new RangeError('the parameters of epoch 1, the best so far, are missing'));
});

describe.each(ENGINES_EVERYWHERE)('on engine %s', testEveryStep);
