/**
 * The updates of PyTorch's SGD and Adam (torch/optim/sgd.py and adam.py; dampening, amsgrad and maximize off), of four
 * values at a time. What they keep for a parameter lies in its slots (layout.ts), which are 0 before the first step.
 */
import { OPTIMIZER, SLOT_BYTES } from './layout';

const PLAIN: i32 = 0;
const DECAY: i32 = 1;
const MOMENTUM: i32 = 2;
const NESTEROV: i32 = 3;
const ADAM: i32 = 4;

const KIND: usize = OPTIMIZER;
/** Updates so far; float32, in which a state holds it, counts no further than LAST_STEP. */
const STEP: usize = OPTIMIZER + 4;
const LAST_STEP: i32 = 1 << 24;

// Constants of the run in float64, from which follow those of the step in float32.
const LEARNING_RATE: usize = OPTIMIZER + 16;
const BETA1: usize = OPTIMIZER + 24;
const BETA2: usize = OPTIMIZER + 32;

const RATE: usize = OPTIMIZER + 64;
const WEIGHT_DECAY: usize = OPTIMIZER + 68;
const SGD_MOMENTUM: usize = OPTIMIZER + 72;
const MEAN_SHARE: usize = OPTIMIZER + 76; // 1 − beta1
const SQUARE_KEPT: usize = OPTIMIZER + 80; // beta2
const SQUARE_SHARE: usize = OPTIMIZER + 84; // 1 − beta2
const CORRECTION: usize = OPTIMIZER + 88;
const EPSILON: usize = OPTIMIZER + 92;

/** SGD from now on. */
export function useSgd(learningRate: f64, momentum: f64, nesterov: bool, weightDecay: f64): void {
  store<f32>(RATE, <f32>learningRate);
  store<f32>(SGD_MOMENTUM, <f32>momentum);
  store<f32>(WEIGHT_DECAY, <f32>weightDecay);
  if (momentum != 0) store<i32>(KIND, nesterov ? NESTEROV : MOMENTUM);
  else store<i32>(KIND, weightDecay != 0 ? DECAY : PLAIN);
}

/** Adam from now on. */
export function useAdam(learningRate: f64, beta1: f64, beta2: f64, epsilon: f64, weightDecay: f64): void {
  store<i32>(KIND, ADAM);
  store<f64>(LEARNING_RATE, learningRate);
  store<f64>(BETA1, beta1);
  store<f64>(BETA2, beta2);
  store<f32>(WEIGHT_DECAY, <f32>weightDecay);
  store<f32>(MEAN_SHARE, <f32>(1 - beta1));
  store<f32>(SQUARE_KEPT, <f32>beta2);
  store<f32>(SQUARE_SHARE, <f32>(1 - beta2));
  store<f32>(EPSILON, <f32>epsilon);
}

export function stepCount(): i32 {
  return load<i32>(STEP);
}

export function setStepCount(count: i32): void {
  store<i32>(STEP, count);
}

/** Before the first update of each step. */
export function countStep(): void {
  if (load<i32>(KIND) != ADAM) return;
  const step = min(load<i32>(STEP) + 1, LAST_STEP);
  store<i32>(STEP, step);
  store<f32>(RATE, <f32>(load<f64>(LEARNING_RATE) / (1 - power(load<f64>(BETA1), step))));
  store<f32>(CORRECTION, <f32>Math.sqrt(1 - power(load<f64>(BETA2), step)));
}

function power(base: f64, exponent: i32): f64 {
  let result: f64 = 1;
  for (let square = base; exponent > 0; square *= square, exponent >>= 1) {
    if (exponent & 1) result *= square;
  }
  return result;
}

/** Whether updates go by the gradient alone: `move` then says it all, and is short enough to be compiled in place. */
export function isPlain(): bool {
  return load<i32>(KIND) == PLAIN;
}

/** Against a direction, as far as the rate says. */
export function move(parameters: usize, direction: v128): void {
  const change = f32x4.mul(direction, v128.load_splat<f32>(RATE));
  v128.store(parameters, f32x4.sub(v128.load(parameters), change));
}

/** Of the four parameters at an address, given their gradient. */
export function update(parameters: usize, gradient: v128): void {
  const kind = load<i32>(KIND);
  if (kind == PLAIN) move(parameters, gradient);
  else updateWithMore(parameters, gradient, kind);
}

function updateWithMore(parameters: usize, given: v128, kind: i32): void {
  const decay = f32x4.mul(v128.load(parameters), v128.load_splat<f32>(WEIGHT_DECAY));
  const gradient = f32x4.add(given, decay);
  if (kind == ADAM) moveByAdam(parameters, gradient);
  else if (kind == DECAY) move(parameters, gradient);
  else moveByMomentum(parameters, gradient, kind == NESTEROV);
}

function moveByMomentum(parameters: usize, gradient: v128, nesterov: bool): void {
  const velocity = parameters + SLOT_BYTES;
  const momentum = v128.load_splat<f32>(SGD_MOMENTUM);
  // PyTorch's first velocity is the gradient itself, which is what this gives from zeros
  const next = f32x4.add(f32x4.mul(v128.load(velocity), momentum), gradient);
  v128.store(velocity, next);
  move(parameters, nesterov ? f32x4.add(gradient, f32x4.mul(next, momentum)) : next);
}

function moveByAdam(parameters: usize, gradient: v128): void {
  const meanSlot = parameters + SLOT_BYTES;
  const squareSlot = meanSlot + SLOT_BYTES;
  let mean = v128.load(meanSlot);
  mean = f32x4.add(mean, f32x4.mul(f32x4.sub(gradient, mean), v128.load_splat<f32>(MEAN_SHARE)));
  v128.store(meanSlot, mean);
  const kept = f32x4.mul(v128.load(squareSlot), v128.load_splat<f32>(SQUARE_KEPT));
  const square = f32x4.add(kept, f32x4.mul(f32x4.mul(gradient, gradient), v128.load_splat<f32>(SQUARE_SHARE)));
  v128.store(squareSlot, square);
  const root = f32x4.div(f32x4.sqrt(square), v128.load_splat<f32>(CORRECTION));
  move(parameters, f32x4.div(mean, f32x4.add(root, v128.load_splat<f32>(EPSILON))));
}
