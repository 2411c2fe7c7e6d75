/**
 * tfjs-node-gpu's native binding: TensorFlow's C API as far as it is used here. The package is optional, and its own
 * types stay outside: what is declared here is all that we rely on.
 */
import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { registerCpuGradients } from './kernels.ts';

export type Values = Float32Array | Int32Array | Uint8Array;

/** TF_DataType of TensorFlow's C API. */
export const DATA_TYPE = { float32: 1, int32: 3, uint8: 4 } as const;
/** TF_AttrType likewise. */
export const ATTRIBUTE = { text: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

export interface OpAttribute {
  name: string;
  /** One of `ATTRIBUTE`. */
  type: number;
  value: unknown;
}

export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

export interface Binding {
  readonly TF_Version: string;
  createTensor(shape: readonly number[], dtype: number, values: Values): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Values;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  /** Opens a session on the graph of a SavedModel's folder. */
  loadSavedModel(folder: string, tags: string): number;
  /** @param inputNames of the tensors fed, with commas between them; outputNames likewise, of those fetched */
  runSavedModel(session: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  deleteSavedModel(session: number): void;
}

export interface NodeBackend {
  binding: Binding;
  readonly isUsingGpuDevice: boolean;
  /** Of tensors whose values may not have reached TensorFlow yet: hands them over. */
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
}

export function deviceOf({ isUsingGpuDevice }: NodeBackend): 'cpu' | 'gpu' {
  return isUsingGpuDevice ? 'gpu' : 'cpu';
}

/** Under which the package registers itself with tfjs. */
export const BACKEND = 'tensorflow';
export const PACKAGE = '@tensorflow/tfjs-node-gpu';

/** @throws Error if it is not set up */
export function openBackend(): NodeBackend {
  // What tfjs-node 4.22 uses of Node's and Node 23 has dropped.
  Object.assign(util, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  });
  createRequire(import.meta.url)(PACKAGE);
  const backend = tf.findBackend(BACKEND) as unknown as NodeBackend;
  if (!backend.isUsingGpuDevice) registerCpuGradients(BACKEND);
  return backend;
}

/** To call a few of them otherwise: the native object's are read-only, also behind a proxy. */
export function ownProperties(binding: Binding): Binding {
  const names = Object.getOwnPropertyNames(binding) as (keyof Binding)[];
  return Object.fromEntries(names.map((name) => [name, binding[name]])) as unknown as Binding;
}
