/** Runs the steps as TensorFlow graphs, one for each model, head, optimizer and batch size. */
import type { ImageSet, ImageSetName } from '../../engine.ts';
import { type Batches, EVALUATION_BATCH, type Executor, partOf } from '../executor.ts';
import type { Plan } from '../step.ts';
import type { NodeBackend } from './binding.ts';
import { createTrainingGraph, type TrainingGraph } from './training-graph.ts';

interface Kept {
  graph: TrainingGraph;
  /** The image sets that it holds. */
  loaded: Set<ImageSetName>;
}

/** Graphs that stay ready, each with its own copy of the images on the device. */
const MOST_KEPT = 3;

/** @param unrolled steps that one call of TensorFlow makes where there are so many to make */
export function createGraphExecutor(backend: NodeBackend, unrolled: number): Executor {
  const sets = new Map<ImageSetName, ImageSet>();
  /** The one used last stands last. */
  const kept = new Map<string, Kept>();
  let current: (Kept & { batchSize: number; shapes: number[][] }) | undefined;

  function begun() {
    if (current === undefined) throw new Error('no run has begun');
    return current;
  }

  function withImages(set: ImageSetName): TrainingGraph {
    const { graph, loaded } = begun();
    if (!loaded.has(set)) graph.loadImages(set, (sets.get(set) as ImageSet).images);
    loaded.add(set);
    return graph;
  }

  function makeRoom(): void {
    const [oldest] = kept;
    if (oldest === undefined || kept.size < MOST_KEPT) return;
    const [key, { graph }] = oldest;
    graph.close();
    kept.delete(key);
  }

  function build(plan: Plan, batchSize: number, stateShapes: number[][]): Kept {
    const graph = createTrainingGraph(backend, { plan, batchSize, stateShapes, unrolled }, makeRoom);
    return { graph, loaded: new Set() };
  }

  return {
    loadImages(set, images) {
      sets.set(set, images);
      for (const { loaded } of kept.values()) loaded.delete(set);
    },

    begin(plan, batchSize, state) {
      // its graph may be the one that makes room
      current = undefined;
      const shapes = state.map(({ shape }) => shape);
      const key = keyOf(plan, batchSize);
      const wanted = kept.get(key) ?? build(plan, batchSize, shapes);
      kept.delete(key);
      kept.set(key, wanted);
      wanted.graph.writeState(state.map(({ data }) => data));
      current = { ...wanted, batchSize, shapes };
    },

    train(batches) {
      const { batchSize } = begun();
      const graph = withImages('train');
      const reports = {
        losses: new Float32Array(batches.indices.length),
        predictions: new Int32Array(batches.indices.length),
      };
      let step = 0;
      while (step < batches.steps) {
        const steps = batches.steps - step >= unrolled ? unrolled : 1;
        const { losses, predictions } = graph.train(part(batches, step, steps));
        reports.losses.set(losses, step * batchSize);
        reports.predictions.set(predictions, step * batchSize);
        step += steps;
      }
      return reports;
    },

    evaluate(set, indices, labels) {
      const filled = new Int32Array(EVALUATION_BATCH).fill(indices[0] as number);
      filled.set(indices);
      const filledLabels = new Int32Array(EVALUATION_BATCH);
      filledLabels.set(labels);
      const { losses, predictions, confidences } = withImages(set).evaluate(set, filled, filledLabels);
      return {
        losses: losses.subarray(0, indices.length),
        predictions: predictions.subarray(0, indices.length),
        confidences: confidences.subarray(0, indices.length),
      };
    },

    readState() {
      const { graph, shapes } = begun();
      return graph.readState().map((data, i) => ({ shape: [...(shapes[i] as number[])], data }));
    },

    writeState: (state) => begun().graph.writeState(state.map(({ data }) => data)),

    close() {
      for (const { graph } of kept.values()) graph.close();
      kept.clear();
      current = undefined;
      sets.clear();
    },
  };
}

/** The learning rate is fed. */
function keyOf({ model, head, optimizer }: Plan, batchSize: number): string {
  return JSON.stringify([model, head, { ...optimizer, learningRate: null }, batchSize]);
}

function part({ steps, indices, labels, weights, rates }: Batches, step: number, count: number): Batches {
  return {
    steps: count,
    indices: partOf(indices, step, steps, count),
    labels: partOf(labels, step, steps, count),
    weights: partOf(weights, step, steps, count),
    rates: partOf(rates, step, steps, count),
  };
}
