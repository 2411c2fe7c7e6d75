/** A graph that has been handed to TensorFlow, and what it is fed and asked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../../shared/errors.ts';
import type { NodeBackend, Values } from './binding.ts';
import type { Constant, Graph, Output } from './graph.ts';
import { withGraphFolder } from './graph-folder.ts';
import { TAG } from './saved-model.ts';
import { NotTraceable } from './trace.ts';

export interface Session {
  /** Feeds and fetches by what the graph calls them; the results come in the order of `fetched`. */
  run(fed: readonly (readonly [Output, Constant])[], fetched: readonly Output[]): Values[];
  close(): void;
}

/** As the binding tells of TensorFlow's own word. Other faults, of memory, files or devices, say nothing of the graph. */
const REFUSED =
  /^Failed to load SavedModel: (.*(?:NodeDef|No attr named|Op type not registered|No OpKernel was registered).*)/;

/** @throws NotTraceable if TensorFlow refuses the graph */
export function openSession({ binding }: NodeBackend, graph: Graph): Session {
  // TensorFlow reads a graph from a folder alone, once
  const session = withGraphFolder((folder) => {
    writeFileSync(join(folder, 'saved_model.pb'), graph.encode());
    try {
      return binding.loadSavedModel(folder, TAG);
    } catch (error) {
      const [, why] = REFUSED.exec(messageOf(error)) ?? [];
      throw why === undefined ? error : new NotTraceable(`TensorFlow refuses it: ${why}`, { cause: error });
    }
  });
  return {
    run(fed, fetched) {
      const held: number[] = [];
      try {
        for (const [, { shape, dtype, values }] of fed) held.push(binding.createTensor(shape, dtype, values));
        const names = fed.map(([name]) => name);
        const results = binding.runSavedModel(session, [...held], names.join(), fetched.join()).map(({ id }) => id);
        held.push(...results);
        return results.map((id) => binding.tensorDataSync(id));
      } finally {
        for (const id of held) binding.deleteTensor(id);
      }
    },
    close: () => binding.deleteSavedModel(session),
  };
}
