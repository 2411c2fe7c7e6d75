/** Proof of work: an engine that says so, at most once a second, whenever it has computed something. */
import type { Engine } from '../engines/engine.ts';

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
  return {
    name: engine.name,
    device: engine.device,
    loadImages: (name, images) => engine.loadImages(name, images),
    begin: (demand, state) => engine.begin(demand, state),
    trainSteps: (indices) => watched(engine.trainSteps(indices)),
    evaluate: (name, indices) => watched(engine.evaluate(name, indices)),
    exportState: () => engine.exportState(),
    importState: (state) => engine.importState(state),
    close: () => engine.close(),
  };
}
