/** One group of images forward and backward: its maps lie where its thread's do, its dense activations with the batch's. */
import { addWeightGradient1, convolveRows1, transformInput1 } from './convolution1';
import { convolve2, transformInput2 } from './convolution2';
import { addWeightGradient2, inputGradient2, spreadGradient2 } from './convolution2-gradients';
import { activate, activationGradient, forwardDense, inputGradientDense, transposeGradient } from './dense';
import { applyHead, headGradient } from './head';
import { gatherImages } from './input';
import * as at from './layout';
import { activateAndPool, unpoolGradient } from './pooling';

/** Each thread's own: an instance has globals of its own. */
let maps: usize = at.MAPS;

export function useMapsOf(thread: i32): void {
  maps = at.MAPS + <usize>thread * at.MAP_BYTES;
}

/** @param indices address of the indices of the batch, of `count` images */
export function forwardGroup(
  group: usize,
  images: usize,
  labels: usize,
  indices: usize,
  count: i32,
  tanhHead: bool,
): void {
  gatherImages(<i32>group, images, labels, indices, count, maps + at.INPUT);
  forwardConvolutions(group);
  forwardDenseLayers(group);
  applyHead(group, count, tanhHead);
}

/** After its `forwardGroup`, on the same thread. Adds its share to a shard's gradients of the convolutions. */
export function backwardGroup(group: usize, count: i32, tanhHead: bool, gradients: usize): void {
  headGradient(group, count, tanhHead);
  backwardDense(group);
  backwardConvolutions(group, gradients);
}

function forwardConvolutions(group: usize): void {
  transformInput1(maps + at.INPUT, maps + at.SEEN1);
  transformInput1(maps + at.INPUT + at.INPUT_HALF, maps + at.SEEN1 + at.SEEN1_HALF);
  for (let y: usize = 0; y < 28; y += 2) {
    const rows = maps + at.CONV1 + y * at.CONV1_ROW;
    const pooled = maps + at.POOL1 + (y >> 1) * at.POOL1_ROW;
    convolveRows1(maps + at.SEEN1 + y * at.SEEN1_ROW, rows, maps + at.PRODUCTS);
    activateAndPool(rows, 28, at.CONV1_PIXEL, at.CONV1_ROW, pooled);
    activateAndPool(rows + at.CONV1_HALF, 28, at.CONV1_PIXEL, at.CONV1_ROW, pooled + at.POOL1_HALF);
  }
  transformInput2(maps + at.POOL1, maps + at.SEEN2);
  transformInput2(maps + at.POOL1 + at.POOL1_HALF, maps + at.SEEN2 + at.SEEN2_HALF);
  convolve2(maps + at.SEEN2, maps + at.CONV2, maps + at.PRODUCTS);
  for (let y: usize = 0; y < 10; y += 2) {
    const rows = maps + at.CONV2 + y * at.CONV2_ROW;
    const pooled = at.FLAT_ACTIVATION + group * 2 * at.FLAT_HALF + (y >> 1) * 5 * at.CONV2_PIXEL;
    activateAndPool(rows, 10, at.CONV2_PIXEL, at.CONV2_ROW, pooled);
    activateAndPool(rows + at.CONV2_HALF, 10, at.CONV2_PIXEL, at.CONV2_ROW, pooled + at.FLAT_HALF);
  }
}

function forwardDenseLayers(group: usize): void {
  forwardDense(group, at.FLAT_ACTIVATION, at.FLAT, at.FC1_WEIGHT, at.FC1_BIAS, at.HIDDEN1_ACTIVATION, at.HIDDEN1);
  activate(group, at.HIDDEN1_ACTIVATION, at.HIDDEN1);
  forwardDense(group, at.HIDDEN1_ACTIVATION, at.HIDDEN1, at.FC2_WEIGHT, at.FC2_BIAS, at.HIDDEN2_ACTIVATION, at.HIDDEN2);
  activate(group, at.HIDDEN2_ACTIVATION, at.HIDDEN2);
  forwardDense(
    group,
    at.HIDDEN2_ACTIVATION,
    at.HIDDEN2,
    at.FC3_WEIGHT,
    at.FC3_BIAS,
    at.OUTPUT_ACTIVATION,
    at.CLASS_ROWS,
  );
}

function backwardDense(group: usize): void {
  inputGradientDense(group, at.OUTPUT_GRADIENT, at.CLASS_ROWS, at.FC3_WEIGHT, at.HIDDEN2_GRADIENT, at.HIDDEN2);
  activationGradient(group, at.HIDDEN2_GRADIENT, at.HIDDEN2_ACTIVATION, at.HIDDEN2);
  inputGradientDense(group, at.HIDDEN2_GRADIENT, at.HIDDEN2, at.FC2_WEIGHT, at.HIDDEN1_GRADIENT, at.HIDDEN1);
  activationGradient(group, at.HIDDEN1_GRADIENT, at.HIDDEN1_ACTIVATION, at.HIDDEN1);
  inputGradientDense(group, at.HIDDEN1_GRADIENT, at.HIDDEN1, at.FC1_WEIGHT, at.FLAT_GRADIENT, at.FLAT);
  transposeGradient(group, at.OUTPUT_GRADIENT, at.CLASS_ROWS);
  transposeGradient(group, at.HIDDEN2_GRADIENT, at.HIDDEN2);
  transposeGradient(group, at.HIDDEN1_GRADIENT, at.HIDDEN1);
}

function backwardConvolutions(group: usize, gradients: usize): void {
  const conv1 = maps + at.CONV1;
  const conv2 = maps + at.CONV2;
  const spread = maps + at.SPREAD2;
  const pool1Gradient = maps + at.POOL1_GRADIENT;
  for (let half: usize = 0; half < 2; half++) {
    const pooled = at.FLAT_GRADIENT + (group * 2 + half) * at.FLAT_HALF;
    const gradient = conv2 + half * at.CONV2_HALF;
    unpoolGradient(gradient, 10, at.CONV2_PIXEL, at.CONV2_ROW, pooled, gradients + at.CONV2_BIAS_GRADIENT);
    spreadGradient2(gradient, spread);
    addWeightGradient2(spread, maps + at.SEEN2 + half * at.SEEN2_HALF, gradients + at.CONV2_WEIGHT_GRADIENT);
  }
  inputGradient2(conv2, maps + at.SEEN_GRADIENT, maps + at.PRODUCTS, pool1Gradient);
  for (let half: usize = 0; half < 2; half++) {
    const pooled = pool1Gradient + half * at.POOL1_HALF;
    const gradient = conv1 + half * at.CONV1_HALF;
    const seen = maps + at.SEEN1 + half * at.SEEN1_HALF;
    unpoolGradient(gradient, 28, at.CONV1_PIXEL, at.CONV1_ROW, pooled, gradients + at.CONV1_BIAS_GRADIENT);
    addWeightGradient1(gradient, seen, maps + at.SPREAD1, gradients + at.CONV1_WEIGHT_GRADIENT);
  }
}
