/** Parameters: in from and out to a PyTorch state_dict, packed for the kernels, and the convolutions' update. */
import {
  CLASS_ROWS,
  CLASSES,
  CONV1_BIAS,
  CONV1_BIAS_GRADIENT,
  CONV1_PACKED,
  CONV1_WEIGHT,
  CONV1_WEIGHT_GRADIENT,
  CONV2_BIAS,
  CONV2_BIAS_GRADIENT,
  CONV2_PACKED,
  CONV2_TRANSPOSED,
  CONV2_WEIGHT,
  CONV2_WEIGHT_GRADIENT,
  FC1_BIAS,
  FC1_WEIGHT,
  FC2_BIAS,
  FC2_WEIGHT,
  FC3_BIAS,
  FC3_WEIGHT,
  FLAT,
  GRADIENTS,
  HIDDEN1,
  HIDDEN2,
  SHARD_BYTES,
  STATE,
} from './layout';
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

/** [out, in] ↔ blocks of four rows; the flattened map is [channel][y][x] in PyTorch and [y][x][channel] here. */
function moveDense(state: usize, own: usize, rows: usize, inputs: usize, flattened: bool, inward: bool): usize {
  for (let row: usize = 0; row < rows; row++) {
    for (let unit: usize = 0; unit < inputs; unit++, state += 4) {
      const here = flattened ? (unit % 25) * 16 + unit / 25 : unit;
      move(state, own + ((row >> 2) * inputs + here) * 16 + (row & 3) * 4, inward);
    }
  }
  return state;
}

function moveState(inward: bool): void {
  let state = moveRun(STATE, CONV1_WEIGHT, 150, inward);
  state = moveRun(state, CONV1_BIAS, 6, inward);
  for (let output: usize = 0; output < 16; output++) {
    for (let input: usize = 0; input < 6; input++) {
      for (let tap: usize = 0; tap < 25; tap++, state += 4) {
        move(state, CONV2_WEIGHT + ((output * 25 + tap) * 6 + input) * 4, inward);
      }
    }
  }
  state = moveRun(state, CONV2_BIAS, 16, inward);
  state = moveDense(state, FC1_WEIGHT, HIDDEN1, FLAT, true, inward);
  state = moveRun(state, FC1_BIAS, HIDDEN1, inward);
  state = moveDense(state, FC2_WEIGHT, HIDDEN2, HIDDEN1, false, inward);
  state = moveRun(state, FC2_BIAS, HIDDEN2, inward);
  state = moveDense(state, FC3_WEIGHT, CLASSES, HIDDEN2, false, inward);
  moveRun(state, FC3_BIAS, CLASSES, inward);
}

/** Takes the parameters from STATE. */
export function importState(): void {
  memory.fill(FC3_WEIGHT, 0, HIDDEN2 * CLASS_ROWS * 4 + CLASS_ROWS * 4); // the two rows that pad
  moveState(true);
  packConvolutions();
}

/** Puts the parameters into STATE. */
export function exportState(): void {
  moveState(false);
}

function packConvolutions(): void {
  for (let output: usize = 0; output < 6; output++) {
    for (let tap: usize = 0; tap < 25; tap++) {
      const weight = load<f32>(CONV1_WEIGHT + (output * 25 + tap) * 4);
      store<f32>(CONV1_PACKED + (((output >> 1) * 25 + tap) * 2 + (output & 1)) * 4, weight);
    }
  }
  let source = CONV2_WEIGHT;
  for (let output: usize = 0; output < 16; output++) {
    for (let ky: usize = 0; ky < 5; ky++) {
      for (let kx: usize = 0; kx < 5; kx++) {
        for (let input: usize = 0; input < 6; input++, source += 4) {
          const weight = load<f32>(source);
          const window = (ky * 5 + kx) * 6 + input;
          store<f32>(CONV2_PACKED + (((output >> 2) * 150 + window) * 4 + (output & 3)) * 4, weight);
          const block = input / 3;
          const tap = ((block * 5 + ky) * 5 + 4 - kx) * 16 + output;
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
    sum = f32x4.add(sum, v128.load(GRADIENTS + <usize>shard * SHARD_BYTES + offset));
  }
  return sum;
}

function update(parameters: usize, gradient: usize, count: usize, shards: i32, learningRate: v128): void {
  const end = gradient + count * 16;
  for (; gradient < end; gradient += 64, parameters += 16) {
    const a = sumShards(gradient, shards);
    const b = sumShards(gradient + 16, shards);
    const c = sumShards(gradient + 32, shards);
    const d = sumShards(gradient + 48, shards);
    v128.store(parameters, f32x4.sub(v128.load(parameters), f32x4.mul(sumLanes(a, b, c, d), learningRate)));
  }
}

export function updateConvolutions(shards: i32, learningRate: v128): void {
  update(CONV1_WEIGHT, CONV1_WEIGHT_GRADIENT, 152, shards, learningRate);
  update(CONV1_BIAS, CONV1_BIAS_GRADIENT, 8, shards, learningRate);
  update(CONV2_WEIGHT, CONV2_WEIGHT_GRADIENT, 2400, shards, learningRate);
  update(CONV2_BIAS, CONV2_BIAS_GRADIENT, 16, shards, learningRate);
  packConvolutions();
}
