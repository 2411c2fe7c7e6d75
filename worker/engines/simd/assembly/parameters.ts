/**
 * Parameters, and what the optimizer keeps for each: in from and out to a PyTorch state_dict, packed for the kernels,
 * and the convolutions' update.
 */
import {
  C1,
  C2,
  CLASS_ROWS,
  CONV1_BIAS,
  CONV1_BIAS_GRADIENT,
  CONV1_BIASES,
  CONV1_TAPS,
  CONV1_WEIGHT,
  CONV1_WEIGHT_GRADIENT,
  CONV2_BIAS,
  CONV2_BIAS_GRADIENT,
  CONV2_BIASES,
  CONV2_REVERSED_TAPS,
  CONV2_TAPS,
  CONV2_WEIGHT,
  CONV2_WEIGHT_GRADIENT,
  FC1_BIAS,
  FC1_WEIGHT,
  FC2_BIAS,
  FC2_WEIGHT,
  FC3_BIAS,
  FC3_WEIGHT,
  FLAT,
  GRADIENT_BYTES,
  GRADIENTS,
  HIDDEN1,
  HIDDEN2,
  MAX_SLOTS,
  PARAMETERS,
  POINT1_WEIGHTS,
  POINT2_WEIGHTS,
  REVERSED_TAPS_POINT,
  REVERSED_TAPS_ROW,
  SLOT_BYTES,
  STATE,
  TAP_GRADIENTS,
  TAPS1_POINT,
  TAPS2_POINT,
} from './layout';
import { CHANNELS1, CHANNELS2, CLASSES, UNITS1, UNITS2 } from './model';
import { update } from './optimizer';
import { sumLanes } from './vector';
import { POINTS, tapGradients, tapsAtPoints } from './winograd';

/** Copies one float between its place in the state_dict and its place here, whichever way. */
function copy(state: usize, own: usize, inward: bool): void {
  if (inward) store<f32>(own, load<f32>(state));
  else store<f32>(state, load<f32>(own));
}

function copyRun(state: usize, own: usize, count: usize, inward: bool): usize {
  for (let i: usize = 0; i < count; i++) copy(state + i * 4, own + i * 4, inward);
  return state + count * 4;
}

/** [out, in] ↔ blocks of four rows of `padded` inputs; the flattened map is [channel][y][x] in PyTorch and [y][x][channel] here. */
function copyDense(
  state: usize,
  own: usize,
  rows: usize,
  inputs: usize,
  padded: usize,
  flattened: bool,
  inward: bool,
): usize {
  for (let row: usize = 0; row < rows; row++) {
    for (let unit: usize = 0; unit < inputs; unit++, state += 4) {
      const here = flattened ? (unit % 25) * C2 + unit / 25 : unit;
      copy(state, own + ((row >> 2) * padded + here) * 16 + (row & 3) * 4, inward);
    }
  }
  return state;
}

/** [out, in, 5, 5] ↔ [kx][output][ky][input], of `padded` inputs; `kxFloats` from one kx to the next. */
function copyConvolution(
  state: usize,
  own: usize,
  outputs: usize,
  inputs: usize,
  padded: usize,
  kxFloats: usize,
  inward: bool,
): usize {
  for (let output: usize = 0; output < outputs; output++) {
    for (let input: usize = 0; input < inputs; input++) {
      for (let tap: usize = 0; tap < 25; tap++, state += 4) {
        copy(state, own + ((tap % 5) * kxFloats + (output * 5 + tap / 5) * padded + input) * 4, inward);
      }
    }
  }
  return state;
}

/** @param slot 0 for the parameters, then the optimizer's */
function copySlot(slot: usize, inward: bool): void {
  const own = slot * SLOT_BYTES;
  let state = copyConvolution(
    STATE + slot * PARAMETERS * 4,
    CONV1_WEIGHT + own,
    CHANNELS1,
    1,
    1,
    POINT1_WEIGHTS,
    inward,
  );
  state = copyRun(state, CONV1_BIAS + own, CHANNELS1, inward);
  state = copyConvolution(state, CONV2_WEIGHT + own, CHANNELS2, CHANNELS1, C1, POINT2_WEIGHTS, inward);
  state = copyRun(state, CONV2_BIAS + own, CHANNELS2, inward);
  state = copyDense(state, FC1_WEIGHT + own, UNITS1, CHANNELS2 * 25, FLAT, true, inward);
  state = copyRun(state, FC1_BIAS + own, UNITS1, inward);
  state = copyDense(state, FC2_WEIGHT + own, UNITS2, UNITS1, HIDDEN1, false, inward);
  state = copyRun(state, FC2_BIAS + own, UNITS2, inward);
  state = copyDense(state, FC3_WEIGHT + own, CLASSES, UNITS2, HIDDEN2, false, inward);
  copyRun(state, FC3_BIAS + own, CLASSES, inward);
}

/** Takes the parameters and the first `slots` of the optimizer from STATE. */
export function importState(slots: usize): void {
  memory.fill(CONV1_WEIGHT, 0, SLOT_BYTES * (1 + MAX_SLOTS)); // what pads, too
  for (let slot: usize = 0; slot <= slots; slot++) copySlot(slot, true);
  fillTaps();
}

/** Puts the parameters and the first `slots` of the optimizer into STATE. */
export function exportState(slots: usize): void {
  for (let slot: usize = 0; slot <= slots; slot++) copySlot(slot, false);
}

/** Bytes from one kx of a convolution's weights to the next. */
const KX1_BYTES: usize = POINT1_WEIGHTS * 4;
const KX2_BYTES: usize = POINT2_WEIGHTS * 4;

function fillTaps(): void {
  for (let row: usize = 0; row < C1 * 5; row++) {
    const output = row / 5;
    const target = CONV1_TAPS + (output >> 1) * POINTS * TAPS1_POINT + (row - output * 5) * 8 + (output & 1) * 4;
    tapsAtPoints(CONV1_WEIGHT + row * 4, KX1_BYTES, target, TAPS1_POINT);
  }
  let source = CONV2_WEIGHT;
  for (let output: usize = 0; output < C2; output++) {
    for (let ky: usize = 0; ky < 5; ky++) {
      for (let input: usize = 0; input < C1; input++, source += 4) {
        const target = CONV2_TAPS + (output >> 2) * POINTS * TAPS2_POINT + (ky * C1 + input) * 16 + (output & 3) * 4;
        tapsAtPoints(source, KX2_BYTES, target, TAPS2_POINT);
        const block = input / 3;
        const row = CONV2_REVERSED_TAPS + block * POINTS * REVERSED_TAPS_POINT + (4 - ky) * REVERSED_TAPS_ROW;
        const reversed = row + output * 12 + (input - block * 3) * 4;
        // from the last column to the first
        tapsAtPoints(source + 4 * KX2_BYTES, -KX2_BYTES, reversed, REVERSED_TAPS_POINT);
      }
    }
  }
}

/** The sum over the shards, in their order, of one vector of partial sums. */
function sumShards(offset: usize, shards: i32): v128 {
  let sum = v128.load(GRADIENTS + offset);
  for (let shard = 1; shard < shards; shard++) {
    sum = f32x4.add(sum, v128.load(GRADIENTS + <usize>shard * GRADIENT_BYTES + offset));
  }
  return sum;
}

function updateRun(parameters: usize, gradient: usize, count: usize, shards: i32): void {
  const end = gradient + count * 16;
  for (; gradient < end; gradient += 64, parameters += 16) {
    update(parameters, sumFour(gradient, shards));
  }
}

/** The gradients of four weights, from their partial sums. */
function sumFour(gradient: usize, shards: i32): v128 {
  const a = sumShards(gradient, shards);
  const b = sumShards(gradient + 16, shards);
  const c = sumShards(gradient + 32, shards);
  const d = sumShards(gradient + 48, shards);
  return sumLanes(a, b, c, d);
}

/** A convolution's weights, four of each kx at a time, from their gradients at the points (winograd.ts). */
function updateByPoints(weights: usize, kxBytes: usize, gradient: usize, shards: i32): void {
  const pointBytes = kxBytes * 4;
  for (let weight = weights; weight < weights + kxBytes; weight += 16, gradient += 64) {
    for (let point: usize = 0; point < POINTS; point++) {
      v128.store(TAP_GRADIENTS + point * 16, sumFour(gradient + point * pointBytes, shards));
    }
    tapGradients(TAP_GRADIENTS);
    for (let kx: usize = 0; kx < 5; kx++) update(weight + kx * kxBytes, v128.load(TAP_GRADIENTS + kx * 16));
  }
}

export function updateConvolutions(shards: i32): void {
  updateByPoints(CONV1_WEIGHT, KX1_BYTES, CONV1_WEIGHT_GRADIENT, shards);
  updateRun(CONV1_BIAS, CONV1_BIAS_GRADIENT, CONV1_BIASES, shards);
  updateByPoints(CONV2_WEIGHT, KX2_BYTES, CONV2_WEIGHT_GRADIENT, shards);
  updateRun(CONV2_BIAS, CONV2_BIAS_GRADIENT, CONV2_BIASES, shards);
  fillTaps();
}
