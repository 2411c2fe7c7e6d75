/**
 * The head: tanh or nothing on the logits, cross-entropy, its gradient, and the predicted class. In float64
 * per image, as it is a few hundred operations. Math.exp and Math.log are AssemblyScript's own (musl), compiled
 * into this module: the same bits everywhere.
 */
import { activate } from './dense';
import {
  CLASS_ROWS,
  CONFIDENCES,
  GROUP_IMAGES,
  LABELS,
  LOG_SUMS,
  LOSSES,
  OUTPUT_ACTIVATION,
  OUTPUT_GRADIENT,
  PREDICTIONS,
} from './layout';
import { CLASSES } from './model';

/** Bytes from one output of an image to the next. */
const STEP: usize = 16;

/** One group of a batch of `count`: LOSSES, PREDICTIONS, CONFIDENCES and LOG_SUMS. */
export function applyHead(group: usize, count: i32, tanhHead: bool): void {
  if (tanhHead) activate(group, OUTPUT_ACTIVATION, CLASS_ROWS);
  const end = endOf(group, count);
  for (let place = <i32>group * GROUP_IMAGES; place < end; place++) applyHeadToImage(place);
}

/** OUTPUT_GRADIENT of the mean loss, after `applyHead`. */
export function headGradient(group: usize, count: i32, tanhHead: bool): void {
  memory.fill(OUTPUT_GRADIENT + group * CLASS_ROWS * 32, 0, CLASS_ROWS * 32);
  const end = endOf(group, count);
  for (let place = <i32>group * GROUP_IMAGES; place < end; place++) headGradientOfImage(place, count, tanhHead);
}

function endOf(group: usize, count: i32): i32 {
  return min(<i32>(group + 1) * GROUP_IMAGES, count);
}

/** Bytes to an image's first output. */
function offsetOf(place: i32): usize {
  return <usize>(place >> 2) * CLASS_ROWS * STEP + ((<usize>(place & 3)) << 2);
}

function applyHeadToImage(place: i32): void {
  const outputs = OUTPUT_ACTIVATION + offsetOf(place);
  let largest = load<f32>(outputs);
  let prediction: usize = 0;
  for (let unit: usize = 1; unit < CLASSES; unit++) {
    const output = load<f32>(outputs + unit * STEP);
    if (output > largest) {
      largest = output;
      prediction = unit;
    }
  }
  let sum: f64 = 0;
  for (let unit: usize = 0; unit < CLASSES; unit++) {
    sum += Math.exp(<f64>load<f32>(outputs + unit * STEP) - <f64>largest);
  }
  const label = <usize>load<u8>(LABELS + place);
  const logSum = Math.log(sum) + <f64>largest;
  store<u8>(PREDICTIONS + place, <u8>prediction);
  // the softmax of the largest output: exp(0) / sum
  store<f64>(CONFIDENCES + ((<usize>place) << 3), 1 / sum);
  store<f64>(LOSSES + ((<usize>place) << 3), logSum - <f64>load<f32>(outputs + label * STEP));
  store<f64>(LOG_SUMS + ((<usize>place) << 3), logSum);
}

function headGradientOfImage(place: i32, count: i32, tanhHead: bool): void {
  const outputs = OUTPUT_ACTIVATION + offsetOf(place);
  const gradients = OUTPUT_GRADIENT + offsetOf(place);
  const logSum = load<f64>(LOG_SUMS + ((<usize>place) << 3));
  const label = <usize>load<u8>(LABELS + place);
  for (let unit: usize = 0; unit < CLASSES; unit++) {
    const output = <f64>load<f32>(outputs + unit * STEP);
    const probability = Math.exp(output - logSum);
    const slope = tanhHead ? 1 - output * output : 1;
    store<f32>(gradients + unit * STEP, <f32>(((probability - (unit == label ? 1 : 0)) * slope) / <f64>count));
  }
}
