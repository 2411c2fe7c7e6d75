/**
 * LeNet-5's training step and its forward pass, whole batches at a time, in one thread. The order of every sum
 * depends on the batch size alone: groups in shards for the convolutions, images in order for everything else.
 */
import { addWeightGradient1, convolveRow1 } from './convolution1';
import { addWeightGradient2, convolveRow2, inputGradient2, packGradient2 } from './convolution2';
import { activate, activationGradient, forwardDense, inputGradientDense, updateDense } from './dense';
import { applyHead } from './head';
import { fillNormalised, gatherImages } from './input';
import * as at from './layout';
import { updateConvolutions } from './parameters';
import { activateAndPool, unpoolGradient } from './pooling';

export { exportState, importState } from './parameters';

/** Bytes of the flattened map of a half group. */
const FLAT_HALF: usize = at.FLAT * 16;

/** Addresses that the caller reads and writes. */
export const stateAddress: usize = at.STATE;
export const indicesAddress: usize = at.INDICES;
export const predictionsAddress: usize = at.PREDICTIONS;
export const confidencesAddress: usize = at.CONFIDENCES;
export const normalisedAddress: usize = at.NORMALISED;
export const imagesAddress: usize = at.IMAGES;

/** Where the compiler's own static data ends; build.test.ts checks that this is below STATE. */
export const staticDataEnd: usize = __heap_base;

/** To be called once, before all else. */
export function initialise(): void {
  fillNormalised();
}

function mapsOf(group: usize): usize {
  return at.MAPS + group * at.MAP_BYTES;
}

function forwardConvolutions(group: usize): void {
  const maps = mapsOf(group);
  for (let y: usize = 0; y < 28; y += 2) {
    const rows = maps + at.CONV1 + y * at.CONV1_ROW;
    const pooled = maps + at.POOL1 + (y >> 1) * at.POOL1_ROW;
    convolveRow1(maps + at.INPUT + y * at.INPUT_ROW, rows);
    convolveRow1(maps + at.INPUT + (y + 1) * at.INPUT_ROW, rows + at.CONV1_ROW);
    activateAndPool(rows, 28, at.CONV1_PIXEL, pooled);
    activateAndPool(rows + at.CONV1_HALF, 28, at.CONV1_PIXEL, pooled + at.POOL1_HALF);
  }
  for (let y: usize = 0; y < 10; y += 2) {
    const rows = maps + at.CONV2 + y * at.CONV2_ROW;
    const pooled = at.FLAT_ACTIVATION + group * 2 * FLAT_HALF + (y >> 1) * 5 * at.CONV2_PIXEL;
    convolveRow2(maps + at.POOL1 + y * at.POOL1_ROW, rows);
    convolveRow2(maps + at.POOL1 + (y + 1) * at.POOL1_ROW, rows + at.CONV2_ROW);
    activateAndPool(rows, 10, at.CONV2_PIXEL, pooled);
    activateAndPool(rows + at.CONV2_HALF, 10, at.CONV2_PIXEL, pooled + FLAT_HALF);
  }
}

function forwardDenseLayers(from: usize, to: usize): void {
  forwardDense(from, to, at.FLAT_ACTIVATION, at.FLAT, at.FC1_WEIGHT, at.FC1_BIAS, at.HIDDEN1_ACTIVATION, at.HIDDEN1);
  activate(from, to, at.HIDDEN1_ACTIVATION, at.HIDDEN1);
  forwardDense(
    from,
    to,
    at.HIDDEN1_ACTIVATION,
    at.HIDDEN1,
    at.FC2_WEIGHT,
    at.FC2_BIAS,
    at.HIDDEN2_ACTIVATION,
    at.HIDDEN2,
  );
  activate(from, to, at.HIDDEN2_ACTIVATION, at.HIDDEN2);
  forwardDense(
    from,
    to,
    at.HIDDEN2_ACTIVATION,
    at.HIDDEN2,
    at.FC3_WEIGHT,
    at.FC3_BIAS,
    at.OUTPUT_ACTIVATION,
    at.CLASS_ROWS,
  );
}

function backwardDenseLayers(from: usize, to: usize): void {
  inputGradientDense(from, to, at.OUTPUT_GRADIENT, at.CLASS_ROWS, at.FC3_WEIGHT, at.HIDDEN2_GRADIENT, at.HIDDEN2);
  activationGradient(from, to, at.HIDDEN2_GRADIENT, at.HIDDEN2_ACTIVATION, at.HIDDEN2);
  inputGradientDense(from, to, at.HIDDEN2_GRADIENT, at.HIDDEN2, at.FC2_WEIGHT, at.HIDDEN1_GRADIENT, at.HIDDEN1);
  activationGradient(from, to, at.HIDDEN1_GRADIENT, at.HIDDEN1_ACTIVATION, at.HIDDEN1);
  inputGradientDense(from, to, at.HIDDEN1_GRADIENT, at.HIDDEN1, at.FC1_WEIGHT, at.FLAT_GRADIENT, at.FLAT);
}

function updateDenseLayers(halfGroups: usize, rate: v128): void {
  updateDense(
    halfGroups,
    at.OUTPUT_GRADIENT,
    at.CLASS_ROWS,
    at.HIDDEN2_ACTIVATION,
    at.HIDDEN2,
    at.FC3_WEIGHT,
    at.FC3_BIAS,
    rate,
  );
  updateDense(
    halfGroups,
    at.HIDDEN2_GRADIENT,
    at.HIDDEN2,
    at.HIDDEN1_ACTIVATION,
    at.HIDDEN1,
    at.FC2_WEIGHT,
    at.FC2_BIAS,
    rate,
  );
  updateDense(
    halfGroups,
    at.HIDDEN1_GRADIENT,
    at.HIDDEN1,
    at.FLAT_ACTIVATION,
    at.FLAT,
    at.FC1_WEIGHT,
    at.FC1_BIAS,
    rate,
  );
}

function backwardConvolutions(group: usize, shard: usize): void {
  const conv1 = mapsOf(group) + at.CONV1;
  const conv2 = mapsOf(group) + at.CONV2;
  const pool1Gradient = shard + at.POOL1_GRADIENT;
  for (let half: usize = 0; half < 2; half++) {
    const pooled = at.FLAT_GRADIENT + (group * 2 + half) * FLAT_HALF;
    const gradient = conv2 + half * at.CONV2_HALF;
    unpoolGradient(gradient, 10, at.CONV2_PIXEL, pooled, shard + at.CONV2_BIAS_GRADIENT);
    packGradient2(gradient, shard + at.PACKED_GRADIENT);
    const input = mapsOf(group) + at.POOL1 + half * at.POOL1_HALF;
    addWeightGradient2(shard + at.PACKED_GRADIENT, input, shard + at.CONV2_WEIGHT_GRADIENT);
  }
  inputGradient2(conv2, pool1Gradient);
  for (let half: usize = 0; half < 2; half++) {
    const pooled = pool1Gradient + half * at.POOL1_HALF;
    unpoolGradient(conv1 + half * at.CONV1_HALF, 28, at.CONV1_PIXEL, pooled, shard + at.CONV1_BIAS_GRADIENT);
  }
  addWeightGradient1(conv1, mapsOf(group) + at.INPUT, shard + at.CONV1_WEIGHT_GRADIENT);
}

function forward(images: usize, labels: usize, count: i32, tanhHead: bool): usize {
  const groups = <usize>((count + at.GROUP_IMAGES - 1) / at.GROUP_IMAGES);
  gatherImages(images, labels, count);
  for (let group: usize = 0; group < groups; group++) forwardConvolutions(group);
  // Two groups at a time, so that their inputs stay in the first-level cache while the weights stream by.
  for (let from: usize = 0; from < groups; from += 2) forwardDenseLayers(from, min(from + 2, groups));
  applyHead(0, groups, count, tanhHead);
  return groups;
}

function lossSum(count: i32): f64 {
  let sum: f64 = 0;
  for (let place = 0; place < count; place++) sum += load<f64>(at.LOSSES + ((<usize>place) << 3));
  return sum;
}

/** Forward only, of the `count` ≤ 1024 images at INDICES: their predictions and confidences; the sum of their losses comes back. */
export function evaluate(images: usize, labels: usize, count: i32, tanhHead: bool): f64 {
  forward(images, labels, count, tanhHead);
  return lossSum(count);
}

/** One SGD step on the `count` ≤ 1024 images at INDICES. Returns the sum of their losses before it. */
export function trainStep(images: usize, labels: usize, count: i32, tanhHead: bool, learningRate: f32): f64 {
  const groups = forward(images, labels, count, tanhHead);
  const rate = f32x4.splat(learningRate);
  backwardDenseLayers(0, groups);
  updateDenseLayers(groups * 2, rate);
  const shards = min(groups, <usize>at.MAX_SHARDS);
  for (let shard: usize = 0; shard < shards; shard++) {
    const gradients = at.GRADIENTS + shard * at.SHARD_BYTES;
    memory.fill(gradients, 0, at.GRADIENT_BYTES);
    const end = ((shard + 1) * groups) / shards;
    for (let group = (shard * groups) / shards; group < end; group++) backwardConvolutions(group, gradients);
  }
  updateConvolutions(<i32>shards, rate);
  return lossSum(count);
}

/** How many of the last call's `count` predictions were the label. */
export function countCorrect(count: i32): i32 {
  let correct = 0;
  for (let place: usize = 0; place < <usize>count; place++) {
    if (load<u8>(at.PREDICTIONS + place) == load<u8>(at.LABELS + place)) correct++;
  }
  return correct;
}
