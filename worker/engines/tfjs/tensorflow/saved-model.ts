/** Writes a graph as a SavedModel, by the protobuf messages that tfjs-node-gpu has for reading one. */
import { createRequire } from 'node:module';
import { ATTRIBUTE, type OpAttribute, PACKAGE } from './binding.ts';
import type { Constant, GraphNode } from './graph.ts';

export const TAG = 'serve';

/** The version of TensorFlow's graphs that the ops here are written for; every TensorFlow since 2.0 reads it. */
const GRAPH_VERSION = 1482;

/** Of protobuf's generated classes, which have setters alone. */
// biome-ignore lint/suspicious/noExplicitAny: generated JavaScript without types
type Messages = Record<string, any>;

/** Of lists, those of whole numbers alone. */
export function isEncodable({ type, value }: OpAttribute): boolean {
  const takesList = type === ATTRIBUTE.int || type === ATTRIBUTE.shape;
  return Object.values<number>(ATTRIBUTE).includes(type) && (takesList || !Array.isArray(value));
}

/** @param nodes whose attributes are encodable */
export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  const messages: Messages = createRequire(import.meta.url)(`${PACKAGE}/dist/proto/api_pb.js`);

  function encodeNode({ name, op, inputs, attributes, value }: GraphNode) {
    const node = new messages.NodeDef();
    node.setName(name);
    node.setOp(op);
    node.setInputList(inputs);
    for (const attribute of attributes) node.getAttrMap().set(attribute.name, encodeAttribute(attribute));
    if (value) {
      const tensor = new messages.AttrValue();
      tensor.setTensor(encodeConstant(value));
      node.getAttrMap().set('value', tensor);
    }
    return node;
  }

  function encodeAttribute({ type, value }: OpAttribute) {
    const attribute = new messages.AttrValue();
    if (type === ATTRIBUTE.shape) attribute.setShape(encodeShape(value as readonly number[] | null));
    else if (type === ATTRIBUTE.type) attribute.setType(value);
    else if (type === ATTRIBUTE.bool) attribute.setB(value);
    else if (type === ATTRIBUTE.float) attribute.setF(value);
    else if (type === ATTRIBUTE.text) attribute.setS(Buffer.from(value as string));
    else if (!Array.isArray(value)) attribute.setI(value);
    else {
      const list = new messages.AttrValue.ListValue();
      list.setIList(value);
      attribute.setList(list);
    }
    return attribute;
  }

  function encodeConstant({ dtype, shape, values }: Constant) {
    const tensor = new messages.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(encodeShape(shape));
    tensor.setTensorContent(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return tensor;
  }

  function encodeShape(sizes: readonly number[] | null) {
    const shape = new messages.TensorShape();
    if (sizes === null) shape.setUnknownRank(true);
    for (const size of sizes ?? []) {
      const dimension = new messages.TensorShape.Dim();
      dimension.setSize(size);
      shape.addDim(dimension);
    }
    return shape;
  }

  const versions = new messages.VersionDef();
  versions.setProducer(GRAPH_VERSION);
  const graph = new messages.GraphDef();
  graph.setNodeList(nodes.map(encodeNode));
  graph.setVersions(versions);
  const info = new messages.MetaGraphDef.MetaInfoDef();
  info.addTags(TAG);
  const metaGraph = new messages.MetaGraphDef();
  metaGraph.setMetaInfoDef(info);
  metaGraph.setGraphDef(graph);
  const model = new messages.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(metaGraph);
  return model.serializeBinary();
}
