/** An engine with some of its calls changed. */
import type { Engine } from './engine.ts';

/** Delegates call by call, so that it serves engines of any make; what is in `changes` is taken instead. */
export function withEngine(engine: Engine, changes: Partial<Engine>): Engine {
  return {
    name: engine.name,
    device: engine.device,
    stepsAtOnce: engine.stepsAtOnce,
    isBoundToMultiples: engine.isBoundToMultiples ?? false,
    loadImages: (name, images) => engine.loadImages(name, images),
    begin: (demand, state) => engine.begin(demand, state),
    trainSteps: (indices) => engine.trainSteps(indices),
    evaluate: (name, indices) => engine.evaluate(name, indices),
    exportState: () => engine.exportState(),
    importState: (state) => engine.importState(state),
    close: () => engine.close(),
    ...changes,
  };
}
