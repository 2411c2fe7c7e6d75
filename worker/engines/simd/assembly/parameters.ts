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
  CONV1_PACKED,
  CONV1_WEIGHT,
  CONV1_WEIGHT_GRADIENT,
  CONV1_WEIGHTS,
  CONV2_BIAS,
  CONV2_BIAS_GRADIENT,
  CONV2_BIASES,
  CONV2_PACKED,
  CONV2_TRANSPOSED,
  CONV2_WEIGHT,
  CONV2_WEIGHT_GRADIENT,
  CONV2_WEIGHTS,
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
  SLOT_BYTES,
  STATE,
} from './layout';
import { CHANNELS1, CHANNELS2, CLASSES, UNITS1, UNITS2 } from './model';
import { update } from './optimizer';
import { sumLanes } from './vector';

/** Copies one float between its place in the state_dict and its place here, whichever way. */
function move(state: usize, own: usize, inward: bool): void {
  if (inward) store<f32>(own, load<f32>(state));
  else store<f32>(state, load<f32>(own));
}

function moveRun(state: usize, own: usize, count: usize, inward: bool): usize {
  for (let i: usize = 0; i < count; i++) move(state + i * 4, own + i * 4, inward);
  return state + count * 4;
}

/** [out, in] ↔ blocks of four rows of `padded` inputs; the flattened map is [channel][y][x] in PyTorch and [y][x][channel] here. */
function moveDense(
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
      move(state, own + ((row >> 2) * padded + here) * 16 + (row & 3) * 4, inward);
    }
  }
  return state;
}

/** @param slot 0 for the parameters, then the optimizer's */
function moveSlot(slot: usize, inward: bool): void {
  const own = slot * SLOT_BYTES;
  let state = moveRun(STATE + slot * PARAMETERS * 4, CONV1_WEIGHT + own, CHANNELS1 * 25, inward);
  state = moveRun(state, CONV1_BIAS + own, CHANNELS1, inward);
  for (let output: usize = 0; output < CHANNELS2; output++) {
    for (let input: usize = 0; input < CHANNELS1; input++) {
      for (let tap: usize = 0; tap < 25; tap++, state += 4) {
        move(state, CONV2_WEIGHT + own + ((output * 25 + tap) * C1 + input) * 4, inward);
      }
    }
  }
  state = moveRun(state, CONV2_BIAS + own, CHANNELS2, inward);
  state = moveDense(state, FC1_WEIGHT + own, UNITS1, CHANNELS2 * 25, FLAT, true, inward);
  state = moveRun(state, FC1_BIAS + own, UNITS1, inward);
  state = moveDense(state, FC2_WEIGHT + own, UNITS2, UNITS1, HIDDEN1, false, inward);
  state = moveRun(state, FC2_BIAS + own, UNITS2, inward);
  state = moveDense(state, FC3_WEIGHT + own, CLASSES, UNITS2, HIDDEN2, false, inward);
  moveRun(state, FC3_BIAS + own, CLASSES, inward);
}

/** Takes the parameters and the first `slots` of the optimizer from STATE. */
export function importState(slots: usize): void {
  memory.fill(CONV1_WEIGHT, 0, SLOT_BYTES * (1 + MAX_SLOTS)); // what pads, too
  for (let slot: usize = 0; slot <= slots; slot++) moveSlot(slot, true);
  packConvolutions();
}

/** Puts the parameters and the first `slots` of the optimizer into STATE. */
export function exportState(slots: usize): void {
  for (let slot: usize = 0; slot <= slots; slot++) moveSlot(slot, false);
}

function packConvolutions(): void {
  for (let output: usize = 0; output < C1; output++) {
    for (let tap: usize = 0; tap < 25; tap++) {
      const weight = load<f32>(CONV1_WEIGHT + (output * 25 + tap) * 4);
      store<f32>(CONV1_PACKED + (((output >> 1) * 25 + tap) * 2 + (output & 1)) * 4, weight);
    }
  }
  let source = CONV2_WEIGHT;
  for (let output: usize = 0; output < C2; output++) {
    for (let ky: usize = 0; ky < 5; ky++) {
      for (let kx: usize = 0; kx < 5; kx++) {
        for (let input: usize = 0; input < C1; input++, source += 4) {
          const weight = load<f32>(source);
          const window = (ky * 5 + kx) * C1 + input;
          store<f32>(CONV2_PACKED + (((output >> 2) * 25 * C1 + window) * 4 + (output & 3)) * 4, weight);
          const block = input / 3;
          const tap = ((block * 5 + ky) * 5 + 4 - kx) * C2 + output;
          store<f32>(CONV2_TRANSPOSED + (tap * 3 + input - block * 3) * 4, weight);
        }
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
    const a = sumShards(gradient, shards);
    const b = sumShards(gradient + 16, shards);
    const c = sumShards(gradient + 32, shards);
    const d = sumShards(gradient + 48, shards);
    update(parameters, sumLanes(a, b, c, d));
  }
}

export function updateConvolutions(shards: i32): void {
  updateRun(CONV1_WEIGHT, CONV1_WEIGHT_GRADIENT, CONV1_WEIGHTS, shards);
  updateRun(CONV1_BIAS, CONV1_BIAS_GRADIENT, CONV1_BIASES, shards);
  updateRun(CONV2_WEIGHT, CONV2_WEIGHT_GRADIENT, CONV2_WEIGHTS, shards);
  updateRun(CONV2_BIAS, CONV2_BIAS_GRADIENT, CONV2_BIASES, shards);
  packConvolutions();
}
