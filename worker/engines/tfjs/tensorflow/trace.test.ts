import { expect, test, vi } from 'vitest';
import type { Executor } from '../executor.ts';
import { ATTRIBUTE, type Binding, type NodeBackend, type OpAttribute } from './binding.ts';
import { trace } from './trace.ts';
import { withFallback } from './with-fallback.ts';

/** An op of TensorFlow that does nothing. */
function tracing(attribute: OpAttribute): () => void {
  const binding = { executeOp: () => [], createTensor: () => 0, tensorDataSync: () => new Float32Array() };
  const backend: NodeBackend = {
    binding: binding as unknown as Binding,
    isUsingGpuDevice: false,
    getInputTensorIds: () => [],
  };
  const compute = () => {
    backend.binding.executeOp('SomeOp', [attribute], [], 1);
    return [];
  };
  return () => trace(backend, [], compute);
}

test.each([
  { name: 'function', type: 8, value: 'f' },
  { name: 'tensor', type: 6, value: null },
  { name: 'names', type: ATTRIBUTE.text, value: ['a'] },
  { name: 'rates', type: ATTRIBUTE.float, value: [0.5] },
  { name: 'flags', type: ATTRIBUTE.bool, value: [true] },
  { name: 'types', type: ATTRIBUTE.type, value: [1, 3] },
])('a step with an attribute that no graph here has ($name) runs op by op, which is said', (attribute) => {
  const say = vi.fn();
  const eager = { begin: vi.fn() };
  const graphs = { begin: tracing(attribute) };
  const executor = withFallback(graphs as unknown as Executor, eager as unknown as Executor, say);
  executor.begin(...([] as unknown as Parameters<Executor['begin']>));
  expect(eager.begin).toHaveBeenCalledOnce();
  expect(say.mock.calls).toEqual([
    [
      'a training step runs op by op, because no graph can be made of it: ' +
        `the attribute ${attribute.name} of its op SomeOp is of a kind that no graph here has`,
    ],
  ]);
});

test.each([
  { name: 'strides', type: ATTRIBUTE.int, value: [1, 1, 1, 1] },
  { name: 'axis', type: ATTRIBUTE.int, value: 1 },
  { name: 'shape', type: ATTRIBUTE.shape, value: [2, 2] },
  { name: 'padding', type: ATTRIBUTE.text, value: 'SAME' },
])('the attribute $name is one that a graph has', (attribute) => {
  expect(tracing(attribute)).not.toThrow();
});
