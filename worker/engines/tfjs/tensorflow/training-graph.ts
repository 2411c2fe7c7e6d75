/**
 * The graph of a run: images and state stay in it as variables, on the device; a call feeds indices, and fetches what
 * a step reports. Session inputs pass through the host's memory, so nothing large is fed but once.
 */
import * as tf from '@tensorflow/tfjs-core';
import { IMAGE_BYTES } from '../../check-images.ts';
import type { ImageSetName } from '../../engine.ts';
import { type Batches, EVALUATION_BATCH } from '../executor.ts';
import { ratesAt } from '../optimizers.ts';
import { evaluationStep, type Plan, trainStep } from '../step.ts';
import { useBackend } from '../use-backend.ts';
import { BACKEND, DATA_TYPE, type NodeBackend } from './binding.ts';
import { type Constant, createGraph, type Output, outputOf, type as typeAttribute } from './graph.ts';
import { openSession } from './session.ts';
import { replay, type Trace, trace } from './trace.ts';

const { float32, int32, uint8 } = DATA_TYPE;

/** The largest byte of an image. */
const WHITE: Constant = { dtype: float32, shape: [], values: Float32Array.of(255) };

export interface GraphOptions {
  plan: Plan;
  batchSize: number;
  /** Of the tensors of the state, in tf's layout. */
  stateShapes: readonly number[][];
  /** How many steps one call makes: once unrolled, and 1. */
  unrolled: number;
}

export type TrainingGraph = ReturnType<typeof createTrainingGraph>;

/** @param onMade called before TensorFlow is given the graph, and takes memory for it */
export function createTrainingGraph(backend: NodeBackend, options: GraphOptions, onMade: () => void) {
  const { plan, batchSize, stateShapes, unrolled } = options;
  const graph = createGraph();
  const images = { train: graph.variable('images/train', uint8), test: graph.variable('images/test', uint8) };
  const state = stateShapes.map((_, i) => graph.variable(`state/${i}`, float32));

  const given = {
    images: graph.placeholder(uint8),
    indices: graph.placeholder(int32),
    labels: graph.placeholder(int32),
    white: graph.placeholder(float32),
  };
  const weights = graph.placeholder(float32);
  const rates = graph.placeholder(float32);
  const rateCount = ratesAt(plan.optimizer, 1).length;
  const half = graph.constant({ dtype: float32, shape: [], values: Float32Array.of(0.5) });
  const zero = graph.constant({ dtype: int32, shape: [], values: new Int32Array(1) });

  const loads = {
    train: graph.after([graph.assign(images.train, given.images, uint8)], zero, int32),
    test: graph.after([graph.assign(images.test, given.images, uint8)], zero, int32),
  };
  const newState = state.map(() => graph.placeholder(float32));
  const writes = graph.after(
    state.map((variable, i) => graph.assign(variable, newState[i] as Output, float32)),
    zero,
    int32,
  );
  const reads = state.map((variable) => graph.read(variable, float32));

  const step = traceStep(backend, options);
  const trainings = new Map([...new Set([1, unrolled])].map((steps) => [steps, addTraining(steps)]));
  const evaluation = traceEvaluation(backend, options);
  const evaluations = { train: addEvaluation(images.train), test: addEvaluation(images.test) };
  onMade();
  const session = openSession(backend, graph);

  /** The images that are asked for, normalised: by a divisor that is fed, since TensorFlow multiplies where one is constant. */
  function gather(variable: Output): Output {
    const attributes = [typeAttribute('dtype', uint8), typeAttribute('Tindices', int32)];
    const bytes = outputOf(graph.add('ResourceGather', [variable, given.indices], attributes));
    const values = outputOf(graph.add('Cast', [bytes], [typeAttribute('SrcT', uint8), typeAttribute('DstT', float32)]));
    const ofFloats = [typeAttribute('T', float32)];
    const share = outputOf(graph.add('RealDiv', [values, given.white], ofFloats));
    return outputOf(graph.add('RealDiv', [outputOf(graph.add('Sub', [share, half], ofFloats)), half], ofFloats));
  }

  function addTraining(steps: number): Output[] {
    const batches = graph.unstack(gather(images.train), float32, steps);
    const labels = graph.unstack(given.labels, int32, steps);
    const counted = graph.unstack(weights, float32, steps);
    const scaled = graph.unstack(rates, float32, steps).map((ofStep) => graph.unstack(ofStep, float32, rateCount));
    let current = state.map((variable) => graph.read(variable, float32));
    const losses: Output[] = [];
    const predictions: Output[] = [];
    for (let i = 0; i < steps; i++) {
      const outputs = replay(graph, step, [
        ...current,
        batches[i],
        labels[i],
        counted[i],
        ...(scaled[i] as Output[]),
      ] as Output[]);
      current = outputs.slice(0, state.length);
      losses.push(outputs[state.length] as Output);
      predictions.push(outputs[state.length + 1] as Output);
    }
    const assigned = state.map((variable, i) => graph.assign(variable, current[i] as Output, float32));
    return [graph.after(assigned, graph.stack(losses, float32), float32), graph.stack(predictions, int32)];
  }

  function addEvaluation(variable: Output): Output[] {
    return replay(graph, evaluation, [...reads.slice(0, plan.model.parameters.length), gather(variable), given.labels]);
  }

  return {
    loadImages(set: ImageSetName, values: Uint8Array): void {
      const shape = [values.length / IMAGE_BYTES, 32, 32, 1];
      session.run([[given.images, { dtype: uint8, shape, values }]], [loads[set]]);
    },

    writeState(tensors: readonly Float32Array[]): void {
      const fed = tensors.map((values, i) => {
        const constant: Constant = { dtype: float32, shape: stateShapes[i] as number[], values };
        return [newState[i] as Output, constant] as const;
      });
      session.run(fed, [writes]);
    },

    readState: (): Float32Array[] => session.run([], reads) as Float32Array[],

    /** @param batches of 1 step, or of as many as are unrolled */
    train({ steps, ...batches }: Batches) {
      const shape = [steps, batchSize];
      const [losses, predictions] = session.run(
        [
          [given.indices, { dtype: int32, shape, values: batches.indices }],
          [given.labels, { dtype: int32, shape, values: batches.labels }],
          [given.white, WHITE],
          [weights, { dtype: float32, shape, values: batches.weights }],
          [rates, { dtype: float32, shape: [steps, rateCount], values: batches.rates }],
        ],
        trainings.get(steps) as Output[],
      );
      return { losses: losses as Float32Array, predictions: predictions as Int32Array };
    },

    evaluate(set: ImageSetName, indices: Int32Array, labels: Int32Array) {
      const shape = [EVALUATION_BATCH];
      const [losses, predictions, confidences] = session.run(
        [
          [given.indices, { dtype: int32, shape, values: indices }],
          [given.labels, { dtype: int32, shape, values: labels }],
          [given.white, WHITE],
        ],
        evaluations[set],
      );
      return {
        losses: losses as Float32Array,
        predictions: predictions as Int32Array,
        confidences: confidences as Float32Array,
      };
    },

    close: () => session.close(),
  };
}

function traceStep(backend: NodeBackend, { plan, batchSize, stateShapes }: GraphOptions): Trace {
  return tidied(() => {
    const state = stateShapes.map((shape) => tf.zeros(shape));
    const batch = {
      images: tf.zeros([batchSize, 32, 32, 1]) as tf.Tensor4D,
      labels: tf.zeros([batchSize], 'int32') as tf.Tensor1D,
      weights: tf.zeros([batchSize]) as tf.Tensor1D,
    };
    const rates = ratesAt(plan.optimizer, 1).map((rate) => tf.scalar(rate));
    return trace(backend, [...state, batch.images, batch.labels, batch.weights, ...rates], () => {
      const { state: next, losses, predictions } = trainStep(plan, state, batch, rates);
      return [...next, losses, predictions];
    });
  });
}

function traceEvaluation(backend: NodeBackend, { plan, stateShapes }: GraphOptions): Trace {
  return tidied(() => {
    const parameters = stateShapes.slice(0, plan.model.parameters.length).map((shape) => tf.zeros(shape));
    const images = tf.zeros([EVALUATION_BATCH, 32, 32, 1]) as tf.Tensor4D;
    const labels = tf.zeros([EVALUATION_BATCH], 'int32') as tf.Tensor1D;
    return trace(backend, [...parameters, images, labels], () => {
      const { losses, predictions, confidences } = evaluationStep(plan, parameters, { images, labels });
      return [losses, predictions, confidences];
    });
  });
}

/** On TensorFlow; frees every tensor that was made meanwhile. */
function tidied<T>(work: () => T): T {
  useBackend(BACKEND);
  tf.engine().startScope();
  try {
    return work();
  } finally {
    tf.engine().endScope();
  }
}
