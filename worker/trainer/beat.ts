/** Proof of work: an engine that says so, at most once a second, whenever it has computed something. */
import type { Engine } from '../engines/engine.ts';
import { withEngine } from '../engines/with-engine.ts';

const BEAT_MS = 1000;

export function withBeat(engine: Engine, beat: () => void): Engine {
  let last = 0;
  async function watched<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    const now = performance.now();
    if (now - last >= BEAT_MS) {
      last = now;
      beat();
    }
    return result;
  }
  return withEngine(engine, {
    trainSteps: (indices) => watched(engine.trainSteps(indices)),
    evaluate: (name, indices) => watched(engine.evaluate(name, indices)),
  });
}
