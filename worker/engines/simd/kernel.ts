/** The compiled kernels (assembly/): instances on one memory, views of it, and image sets behind its work area. */
import { readFile } from 'node:fs/promises';
import { packageFile } from '../../../shared/package-root.ts';
import { IMAGE_BYTES } from '../check-images.ts';
import type { ImageSet, ImageSetName, StepResults } from '../engine.ts';
import { startHelpers } from './helpers.ts';

/** What assembly/index.ts exports, but for what tests alone read. Addresses and counts are 32-bit integers, flags 0 or 1. */
export interface KernelExports {
  stateAddress: WebAssembly.Global;
  indicesAddress: WebAssembly.Global;
  stepLossesAddress: WebAssembly.Global;
  stepCorrectAddress: WebAssembly.Global;
  lossesAddress: WebAssembly.Global;
  predictionsAddress: WebAssembly.Global;
  confidencesAddress: WebAssembly.Global;
  imagesAddress: WebAssembly.Global;
  /** Images that one call of `trainSteps` takes, and one step or one call of `evaluate`. */
  maxCallImages: WebAssembly.Global;
  maxBatch: WebAssembly.Global;
  maxThreads: WebAssembly.Global;
  initialise(): void;
  useSgd(learningRate: number, momentum: number, nesterov: number, weightDecay: number): void;
  useAdam(learningRate: number, beta1: number, beta2: number, epsilon: number, weightDecay: number): void;
  stepCount(): number;
  setStepCount(count: number): void;
  importState(slots: number): void;
  exportState(slots: number): void;
  trainSteps(images: number, labels: number, count: number, batch: number, tanhHead: number, threads: number): void;
  shardsOf(images: number): number;
  trainShards(
    images: number,
    labels: number,
    count: number,
    tanhHead: number,
    threads: number,
    from: number,
    end: number,
  ): void;
  evaluate(images: number, labels: number, count: number, tanhHead: number, threads: number): void;
  /** Comes back after `dismiss`. */
  serve(thread: number): void;
  dismiss(): void;
  /** Of a helper whose `serve` threw. */
  fail(): void;
}

/** Where an image set lies. It keeps its place for as long as the next one under its name has room there. */
export interface ImageRegion {
  /** Address of the first image; the labels follow after `capacity` images. */
  images: number;
  labels: number;
  count: number;
  capacity: number;
}

export interface StepCall {
  tanhHead: boolean;
  /** That compute at most. */
  threads: number;
}

const PAGE_BYTES = 65_536;
/** As the module was compiled (scripts/build-simd.mjs). */
const PAGES = { initial: 2, maximum: 16_384 };

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Compiled once per process; every kernel has a memory of its own. */
export function compileKernel(file: string): Promise<WebAssembly.Module> {
  let module = compiled.get(file);
  if (module === undefined) {
    module = readFile(packageFile(`worker/engines/simd/${file}`)).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(file, module);
  }
  return module;
}

/** Room for the compiler's own data: it is to be grown by what the kernels and the images need. */
export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ ...PAGES, shared: true });
}

/**
 * @param threads that compute at most; the calling one is the first of them
 * @param say told where the system grants fewer
 */
export async function createKernel(module: WebAssembly.Module, threads: number, say: (message: string) => void) {
  const memory = createMemory();
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const kernel = exports as KernelExports;
  const regions = new Map<ImageSetName, ImageRegion>();
  const at = (address: WebAssembly.Global) => Number(address.value);

  function growTo(end: number): void {
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  }

  function reserve(name: ImageSetName, count: number): ImageRegion {
    const present = regions.get(name);
    if (present !== undefined && present.capacity >= count) return { ...present, count };
    const other = regions.get(name === 'train' ? 'test' : 'train');
    const images = other === undefined ? at(kernel.imagesAddress) : other.labels + other.capacity;
    const labels = images + count * IMAGE_BYTES;
    growTo(labels + count);
    return { images, labels, count, capacity: count };
  }

  function setIndices(indices: Uint32Array): void {
    new Uint32Array(memory.buffer, at(kernel.indicesAddress), indices.length).set(indices);
  }

  function resultsOf(steps: number): StepResults {
    return {
      lossSums: new Float64Array(memory.buffer, at(kernel.stepLossesAddress), steps),
      correct: new Uint32Array(memory.buffer, at(kernel.stepCorrectAddress), steps),
    };
  }

  growTo(at(kernel.imagesAddress));
  kernel.initialise();
  const wanted = Math.min(threads, at(kernel.maxThreads));
  const { started, fault } = await startHelpers(module, memory, wanted - 1);
  const used = 1 + started.length;
  if (fault) say(`simd computes on ${used} threads instead of ${wanted}, for no more can be started: ${fault.message}`);

  return {
    /** That may compute at once. */
    threads: used,
    maxCallImages: at(kernel.maxCallImages),
    maxBatch: at(kernel.maxBatch),
    useSgd: kernel.useSgd,
    useAdam: kernel.useAdam,
    stepCount: kernel.stepCount,
    setStepCount: kernel.setStepCount,
    /** Parameters and slots in state_dict order, end to end. A view: take it anew after each `loadImages`. */
    exportState(values: number, slots: number): Float32Array {
      kernel.exportState(slots);
      return new Float32Array(memory.buffer, at(kernel.stateAddress), values);
    },
    /** @param tensors parameters, then slot by slot, each in state_dict order */
    importState(tensors: Iterable<Float32Array>, slots: number): void {
      let address = at(kernel.stateAddress);
      for (const tensor of tensors) {
        new Float32Array(memory.buffer, address, tensor.length).set(tensor);
        address += tensor.byteLength;
      }
      kernel.importState(slots);
    },
    loadImages(name: ImageSetName, { count, images, labels }: ImageSet): void {
      const region = reserve(name, count);
      const bytes = new Uint8Array(memory.buffer);
      bytes.set(images, region.images);
      bytes.set(labels, region.labels);
      regions.set(name, region);
    },
    region: (name: ImageSetName): ImageRegion | undefined => regions.get(name),
    /** Views of each step's results, of up to `maxCallImages` images, for until the next call. */
    trainSteps(
      { images, labels }: ImageRegion,
      indices: Uint32Array,
      { batchSize, tanhHead, threads }: StepCall & { batchSize: number },
    ) {
      setIndices(indices);
      kernel.trainSteps(images, labels, indices.length, batchSize, tanhHead ? 1 : 0, threads);
      return resultsOf(Math.ceil(indices.length / batchSize));
    },
    /** Into how many parts a step on so many images can be divided. */
    shardsOf: kernel.shardsOf,
    /** Shards `from` … `end` (exclusive) of one step, whose results are there after its last one. */
    trainShards(
      { images, labels }: ImageRegion,
      indices: Uint32Array,
      { tanhHead, threads, from, end }: StepCall & { from: number; end: number },
    ) {
      setIndices(indices);
      kernel.trainShards(images, labels, indices.length, tanhHead ? 1 : 0, threads, from, end);
      return resultsOf(1);
    },
    /** Views of each image's results, of up to `maxBatch`, for until the next call. */
    evaluate({ images, labels }: ImageRegion, indices: Uint32Array, tanhHead: boolean) {
      setIndices(indices);
      kernel.evaluate(images, labels, indices.length, tanhHead ? 1 : 0, used);
      return {
        losses: new Float64Array(memory.buffer, at(kernel.lossesAddress), indices.length),
        predictions: new Uint8Array(memory.buffer, at(kernel.predictionsAddress), indices.length),
        /** Softmax probabilities of the predictions. */
        confidences: new Float64Array(memory.buffer, at(kernel.confidencesAddress), indices.length),
      };
    },
    /** Its threads end. */
    close: kernel.dismiss,
  };
}

export type Kernel = Awaited<ReturnType<typeof createKernel>>;
