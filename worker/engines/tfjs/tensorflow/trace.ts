/**
 * Records what a computation in tfjs's ops asks of TensorFlow, so that a graph can do it again without JavaScript:
 * the computation runs once, op by op, with the binding listened to.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Binding, type NodeBackend, type OpAttribute, ownProperties } from './binding.ts';
import { type Constant, type Graph, type Output, outputOf } from './graph.ts';
import { isEncodable } from './saved-model.ts';

/** A value within a trace. */
type Source =
  | { from: 'input'; index: number }
  | { from: 'constant'; constant: Constant }
  | { from: 'op'; index: number; output: number };

interface TracedOp {
  name: string;
  attributes: OpAttribute[];
  inputs: Source[];
}

export interface Trace {
  ops: TracedOp[];
  outputs: Source[];
}

/** The computation needs what a graph does not have, such as a value on the way. */
export class NotTraceable extends Error {}

/**
 * @param inputs all that changes from one run to the next; what else the computation uses becomes a constant
 * @param compute its outputs are disposed of
 * @throws NotTraceable
 */
export function trace(backend: NodeBackend, inputs: readonly tf.Tensor[], compute: () => tf.Tensor[]): Trace {
  const sources = new Map<number, Source>();
  // before anybody listens: they are no constants
  for (const [index, id] of backend.getInputTensorIds(inputs).entries()) sources.set(id, { from: 'input', index });
  const ops: TracedOp[] = [];
  const find = (id: number): Source => {
    const source = sources.get(id);
    if (!source) throw new NotTraceable('it uses a tensor from outside');
    return source;
  };

  const { binding } = backend;
  const listening: Partial<Binding> = {
    createTensor(shape, dtype, values) {
      const id = binding.createTensor(shape, dtype, values);
      sources.set(id, { from: 'constant', constant: { shape: [...shape], dtype, values: values.slice() } });
      return id;
    },
    executeOp(name, attributes, ids, outputs) {
      const other = attributes.find((attribute) => !isEncodable(attribute));
      if (other)
        throw new NotTraceable(`the attribute ${other.name} of its op ${name} is of a kind that no graph here has`);
      const index = ops.push({ name, attributes, inputs: ids.map(find) }) - 1;
      const results = binding.executeOp(name, attributes, ids, outputs);
      for (const [output, { id }] of results.entries()) sources.set(id, { from: 'op', index, output });
      return results;
    },
    tensorDataSync() {
      throw new NotTraceable('it reads a value');
    },
  };
  backend.binding = { ...ownProperties(binding), ...listening };
  try {
    const outputs = compute();
    const found = backend.getInputTensorIds(outputs).map(find);
    tf.dispose(outputs);
    return { ops, outputs: found };
  } finally {
    backend.binding = binding;
  }
}

/** Adds the trace's ops to a graph. @returns its outputs there */
export function replay(graph: Graph, { ops, outputs }: Trace, inputs: readonly Output[]): Output[] {
  const names: string[] = [];
  const place = (source: Source): Output => {
    switch (source.from) {
      case 'input':
        return inputs[source.index] as Output;
      case 'constant':
        return graph.constant(source.constant);
      case 'op':
        return outputOf(names[source.index] as string, source.output);
    }
  };
  for (const { name, attributes, inputs: taken } of ops) names.push(graph.add(name, taken.map(place), attributes));
  return outputs.map(place);
}
