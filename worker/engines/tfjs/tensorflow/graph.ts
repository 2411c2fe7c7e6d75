/** A TensorFlow graph under construction. */
import { ATTRIBUTE, type OpAttribute, type Values } from './binding.ts';
import { encodeSavedModel } from './saved-model.ts';

/** An output of a node, as TensorFlow names it: `name:0` is the first. */
export type Output = `${string}:${number}`;

export interface GraphNode {
  name: string;
  op: string;
  /** Outputs of other nodes; `^name` waits for a node without taking anything from it. */
  inputs: readonly string[];
  attributes: readonly OpAttribute[];
  /** Of a constant. */
  value?: Constant;
}

export interface Constant {
  dtype: number;
  shape: readonly number[];
  values: Values;
}

export type Graph = ReturnType<typeof createGraph>;

export function createGraph() {
  const nodes: GraphNode[] = [];
  const constants = new Map<string, Output>();

  /** The node's name; its outputs are `outputOf(name)`. */
  function add(
    op: string,
    inputs: readonly string[],
    attributes: readonly OpAttribute[] = [],
    value?: Constant,
  ): string {
    const name = `${op}_${nodes.length}`;
    nodes.push({ name, op, inputs, attributes, ...(value && { value }) });
    return name;
  }

  return {
    add,

    /** One node for all constants of the same value. */
    constant(constant: Constant): Output {
      const { dtype, shape, values } = constant;
      const key = `${dtype}[${shape}]${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('latin1')}`;
      const found = constants.get(key) ?? outputOf(add('Const', [], [type('dtype', dtype)], constant));
      constants.set(key, found);
      return found;
    },

    placeholder(dtype: number): Output {
      return outputOf(add('Placeholder', [], [type('dtype', dtype)]));
    },

    /** Of a shape that its first value gives. */
    variable(name: string, dtype: number): Output {
      return outputOf(add('VarHandleOp', [], [type('dtype', dtype), shape('shape', null), text('shared_name', name)]));
    },

    /** The node's name: to wait for. */
    assign(variable: Output, value: Output, dtype: number): string {
      return add('AssignVariableOp', [variable, value], [type('dtype', dtype)]);
    },

    read(variable: Output, dtype: number): Output {
      return outputOf(add('ReadVariableOp', [variable], [type('dtype', dtype)]));
    },

    /** The parts of a tensor along its first dimension. */
    unstack(value: Output, dtype: number, count: number): Output[] {
      const node = add('Unpack', [value], [type('T', dtype), int('num', count), int('axis', 0)]);
      return Array.from({ length: count }, (_, i) => outputOf(node, i));
    },

    stack(values: readonly Output[], dtype: number): Output {
      return outputOf(add('Pack', values, [type('T', dtype), int('N', values.length), int('axis', 0)]));
    },

    /** The value, once the nodes have run. */
    after(names: readonly string[], value: Output, dtype: number): Output {
      return outputOf(add('Identity', [value, ...names.map((name) => `^${name}`)], [type('T', dtype)]));
    },

    encode: (): Uint8Array => encodeSavedModel(nodes),
  };
}

export function outputOf(node: string, index = 0): Output {
  return `${node}:${index}`;
}

export const type = (name: string, value: number): OpAttribute => ({ name, type: ATTRIBUTE.type, value });
export const int = (name: string, value: number): OpAttribute => ({ name, type: ATTRIBUTE.int, value });
const text = (name: string, value: string): OpAttribute => ({ name, type: ATTRIBUTE.text, value });
/** @param value null: of any rank */
const shape = (name: string, value: readonly number[] | null): OpAttribute => ({ name, type: ATTRIBUTE.shape, value });
