/** TensorFlow's binding, that tests look over the shoulder of. */
import { type Binding, ownProperties, type TensorMetadata } from '../binding.ts';

/** Tells of graphs that are handed to TensorFlow, and closed. */
export function listening(binding: Binding, on: (what: 'opened' | 'closed') => void): Binding {
  return {
    ...ownProperties(binding),
    loadSavedModel(...asked) {
      on('opened');
      return binding.loadSavedModel(...asked);
    },
    deleteSavedModel(session) {
      on('closed');
      binding.deleteSavedModel(session);
    },
  };
}

/** Counts graphs and ops that are run, and bytes of tensors of four bytes at most, handed over or taken back. */
export function counting(binding: Binding, passed: { graphs: number; ops: number; bytes: number }): Binding {
  return {
    ...ownProperties(binding),
    createTensor(shape, dtype, values) {
      passed.bytes += values.byteLength;
      return binding.createTensor(shape, dtype, values);
    },
    executeOp(...asked) {
      passed.ops += 1;
      return binding.executeOp(...asked);
    },
    runSavedModel(...asked) {
      passed.graphs += 1;
      const results = binding.runSavedModel(...asked);
      for (const { shape } of results) passed.bytes += 4 * shape.reduce((count, size) => count * size, 1);
      return results;
    },
  };
}

/** Has the ids of all tensors that live. */
export function countingTensors(binding: Binding, living: Set<number>): Binding {
  const born = (results: TensorMetadata[]) => {
    for (const { id } of results) living.add(id);
    return results;
  };
  return {
    ...ownProperties(binding),
    createTensor(...asked) {
      const id = binding.createTensor(...asked);
      living.add(id);
      return id;
    },
    executeOp: (...asked) => born(binding.executeOp(...asked)),
    runSavedModel: (...asked) => born(binding.runSavedModel(...asked)),
    deleteTensor(id) {
      binding.deleteTensor(id);
      living.delete(id);
    },
  };
}
