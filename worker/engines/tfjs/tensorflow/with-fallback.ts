import type { Executor } from '../executor.ts';
import { NotTraceable } from './trace.ts';

/**
 * Runs with `graphs` what can be traced, and with `eager` what cannot.
 * @param say told why, at the beginning of each such run
 */
export function withFallback(graphs: Executor, eager: Executor, say: (message: string) => void): Executor {
  let current = graphs;

  return {
    loadImages(name, images) {
      graphs.loadImages(name, images);
      eager.loadImages(name, images);
    },
    begin(...run) {
      current = graphs;
      try {
        graphs.begin(...run);
      } catch (error) {
        if (!(error instanceof NotTraceable)) throw error;
        say(`a training step runs op by op, because no graph can be made of it: ${error.message}`);
        eager.begin(...run);
        current = eager;
      }
    },
    train: (batches) => current.train(batches),
    evaluate: (name, indices, labels) => current.evaluate(name, indices, labels),
    readState: () => current.readState(),
    writeState: (state) => current.writeState(state),
    close() {
      graphs.close();
      eager.close();
    },
  };
}
