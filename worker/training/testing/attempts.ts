/** Attempts at one run, each of which is interrupted where a test says. */
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Interrupted } from '../../../shared/errors.ts';
import { type EngineName, Optimizer, type TrainSpec } from '../../../shared/jobs.ts';
import type { Engine } from '../../engines/engine.ts';
import { withEngine } from '../../engines/with-engine.ts';
import { loadStage, type Recording, rehearse, resumeAfter, SPEC, type Stage, settled, stopClock } from './rehearsal.ts';

interface Scene {
  stage: Stage;
  clock: ReturnType<typeof stopClock>;
}

/** @param scene of the test that runs */
export function attemptsOn(scene: () => Scene) {
  /** One attempt that is interrupted once `count` calls of the engine's `method` have returned. */
  return async function attempt(
    method: 'trainSteps' | 'evaluate',
    count: number,
    before: Recording[] = [],
    spec: TrainSpec = SPEC,
    millisecondsPerStep = 25,
  ): Promise<Recording> {
    const { stage, clock } = scene();
    const stop = new AbortController();
    let calls = 0;
    const called = (which: typeof method) => {
      if (which === method && ++calls === count) stop.abort(new Interrupted('asked by the test'));
    };
    const engine: Engine = withEngine(stage.engine, {
      trainSteps: async (indices) => {
        const results = await stage.engine.trainSteps(indices);
        clock.advance(millisecondsPerStep * results.lossSums.length);
        called('trainSteps');
        return results;
      },
      evaluate: async (set, indices) => {
        const sums = await stage.engine.evaluate(set, indices);
        called('evaluate');
        return sums;
      },
    });
    return rehearse({ engine, data: stage.data, spec, from: resumeAfter(...before), signal: stop.signal });
  };
}

/** That a run on this engine may be interrupted after every step. */
export function testEveryStep(engine: EngineName): void {
  let stage: Stage;
  let clock: Scene['clock'];
  const attempt = attemptsOn(() => ({ stage, clock }));
  beforeEach(() => {
    clock = stopClock();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  beforeAll(async () => {
    stage = await loadStage(engine);
  });
  const specs = [SPEC.optimizer, Optimizer.parse({ type: 'adam' })].map(
    (optimizer): TrainSpec => ({ ...SPEC, engine, optimizer }),
  );

  it.each(specs)(
    'with $optimizer.type interrupted after every step, thirteen attempts in all, it gives the same bits',
    async (spec) => {
      const attempts: Recording[] = [];
      do attempts.push(await attempt('trainSteps', 1, attempts, spec));
      while (attempts.at(-1)?.error instanceof Interrupted && attempts.length < 20);
      expect(attempts).toHaveLength(13);
      expect(settled(...attempts)).toEqual(settled(await attempt('trainSteps', Number.POSITIVE_INFINITY, [], spec)));
    },
  );
}
