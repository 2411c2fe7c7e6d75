/**
 * A training step in two phases of units that any thread may take: first each shard's groups forward and backward,
 * then the updates, by rows. The order of every sum depends on the batch size alone: groups in shards for the
 * convolutions, images in order for everything else. An evaluation is one phase, a unit for each group.
 */
import { updateDense } from './dense';
import { backwardGroup, forwardGroup } from './group';
import * as at from './layout';
import { countStep } from './optimizer';
import { updateConvolutions } from './parameters';
import { beginPhase, runCall } from './team';

const SHARDS: i32 = 0;
const UPDATES: i32 = 1;
const GROUPS: i32 = 2;

// The words of CALL.
const PHASE_KIND: usize = at.CALL;
const IMAGES: usize = at.CALL + 4;
const LABELS: usize = at.CALL + 8;
const COUNT: usize = at.CALL + 12; // images of the whole call
const BATCH: usize = at.CALL + 16; // images of a step
const STEP: usize = at.CALL + 20; // the one that is under way
const TANH_HEAD: usize = at.CALL + 24;
const FIRST_SHARD: usize = at.CALL + 28; // of a step that is divided
const END_SHARD: usize = at.CALL + 32; // exclusive

/** Rows of a dense layer that one unit updates. */
const UNIT_ROWS: usize = 16;
const FC1_UNITS: i32 = <i32>((at.HIDDEN1 + UNIT_ROWS - 1) / UNIT_ROWS);
const FC2_UNITS: i32 = <i32>((at.HIDDEN2 + UNIT_ROWS - 1) / UNIT_ROWS);
const FC3_UNITS: i32 = <i32>((at.CLASS_ROWS + UNIT_ROWS - 1) / UNIT_ROWS);
/** The convolutions' first: it takes longest. */
const UPDATE_UNITS: i32 = 1 + FC1_UNITS + FC2_UNITS + FC3_UNITS;

/**
 * Steps on the `count` ≤ 8192 images at INDICES, `batch` ≤ 1024 at a time: fills STEP_LOSSES and STEP_CORRECT. There
 * are as many threads as shards at most: to wake others for the updates alone would take longer than those do.
 */
export function trainSteps(images: usize, labels: usize, count: i32, batch: i32, tanhHead: bool, threads: i32): void {
  if (count == 0) return;
  setCall(SHARDS, images, labels, count, batch, tanhHead);
  const shards = shardsOf(min(count, batch));
  runCall(shards, min(threads, shards) - 1);
}

/**
 * Shards `from` … `end` (exclusive) of one step on the `count` ≤ 1024 images at INDICES. The parts of a step are called
 * in order, nothing else between them; the last one ends it as `trainSteps` does.
 */
export function trainShards(
  images: usize,
  labels: usize,
  count: i32,
  tanhHead: bool,
  threads: i32,
  from: i32,
  end: i32,
): void {
  setCall(SHARDS, images, labels, count, count, tanhHead);
  store<i32>(FIRST_SHARD, from);
  store<i32>(END_SHARD, end);
  const shards = end - from;
  runCall(shards, min(threads, shards) - 1);
}

/** Forward only, of the `count` ≤ 1024 images at INDICES: fills LOSSES, PREDICTIONS and CONFIDENCES. */
export function evaluate(images: usize, labels: usize, count: i32, tanhHead: bool, threads: i32): void {
  if (count == 0) return;
  setCall(GROUPS, images, labels, count, count, tanhHead);
  const groups = groupsOf(count);
  runCall(groups, min(threads, groups) - 1);
}

function setCall(phase: i32, images: usize, labels: usize, count: i32, batch: i32, tanhHead: bool): void {
  store<i32>(PHASE_KIND, phase);
  store<usize>(IMAGES, images);
  store<usize>(LABELS, labels);
  store<i32>(COUNT, count);
  store<i32>(BATCH, batch);
  store<i32>(STEP, 0);
  store<i32>(TANH_HEAD, tanhHead);
  store<i32>(FIRST_SHARD, 0);
  store<i32>(END_SHARD, at.MAX_SHARDS);
}

/** One unit of the phase that is under way. */
export function perform(unit: i32): void {
  const kind = load<i32>(PHASE_KIND);
  if (kind == SHARDS) trainShard(load<i32>(FIRST_SHARD) + unit);
  else if (kind == UPDATES) performUpdate(unit);
  else forward(<usize>unit);
}

/** What follows on a phase whose units are all done. */
export function advance(): void {
  const kind = load<i32>(PHASE_KIND);
  if (kind == SHARDS && load<i32>(END_SHARD) < shardsOf(stepImages())) {
    beginPhase(0);
  } else if (kind == SHARDS) {
    sumStep();
    countStep();
    store<i32>(PHASE_KIND, UPDATES);
    beginPhase(UPDATE_UNITS);
  } else if (kind == UPDATES && nextStep()) {
    store<i32>(PHASE_KIND, SHARDS);
    beginPhase(shardsOf(stepImages()));
  } else {
    beginPhase(0);
  }
}

function nextStep(): bool {
  const step = load<i32>(STEP) + 1;
  store<i32>(STEP, step);
  return step * load<i32>(BATCH) < load<i32>(COUNT);
}

/** Images of the step that is under way: the last one's may be fewer. */
function stepImages(): i32 {
  const batch = load<i32>(BATCH);
  return min(batch, load<i32>(COUNT) - load<i32>(STEP) * batch);
}

function groupsOf(images: i32): i32 {
  return (images + at.GROUP_IMAGES - 1) / at.GROUP_IMAGES;
}

/** Of a step on so many images. */
export function shardsOf(images: i32): i32 {
  return min(groupsOf(images), at.MAX_SHARDS);
}

function sumStep(): void {
  const step = <usize>load<i32>(STEP);
  const count = <usize>stepImages();
  let loss: f64 = 0;
  let correct = 0;
  for (let place: usize = 0; place < count; place++) {
    loss += load<f64>(at.LOSSES + (place << 3));
    if (load<u8>(at.PREDICTIONS + place) == load<u8>(at.LABELS + place)) correct++;
  }
  store<f64>(at.STEP_LOSSES + (step << 3), loss);
  store<i32>(at.STEP_CORRECT + (step << 2), correct);
}

function trainShard(shard: i32): void {
  const gradients = at.GRADIENTS + <usize>shard * at.GRADIENT_BYTES;
  memory.fill(gradients, 0, at.GRADIENT_BYTES);
  const count = stepImages();
  const tanhHead = load<i32>(TANH_HEAD) != 0;
  const groups = groupsOf(count);
  const shards = shardsOf(count);
  const end = ((shard + 1) * groups) / shards;
  for (let group = (shard * groups) / shards; group < end; group++) {
    forward(<usize>group);
    backwardGroup(<usize>group, count, tanhHead, gradients);
  }
}

function forward(group: usize): void {
  const indices = at.INDICES + ((<usize>(load<i32>(STEP) * load<i32>(BATCH))) << 2);
  const tanhHead = load<i32>(TANH_HEAD) != 0;
  forwardGroup(group, load<usize>(IMAGES), load<usize>(LABELS), indices, stepImages(), tanhHead);
}

function performUpdate(unit: i32): void {
  if (unit == 0) {
    updateConvolutions(shardsOf(stepImages()));
  } else if (unit <= FC1_UNITS) {
    updateRows(unit - 1, at.HIDDEN1_GRADIENT, at.HIDDEN1, at.FLAT_ACTIVATION, at.FLAT, at.FC1_WEIGHT, at.FC1_BIAS);
  } else if (unit <= FC1_UNITS + FC2_UNITS) {
    updateRows(
      unit - 1 - FC1_UNITS,
      at.HIDDEN2_GRADIENT,
      at.HIDDEN2,
      at.HIDDEN1_ACTIVATION,
      at.HIDDEN1,
      at.FC2_WEIGHT,
      at.FC2_BIAS,
    );
  } else {
    updateRows(
      unit - 1 - FC1_UNITS - FC2_UNITS,
      at.OUTPUT_GRADIENT,
      at.CLASS_ROWS,
      at.HIDDEN2_ACTIVATION,
      at.HIDDEN2,
      at.FC3_WEIGHT,
      at.FC3_BIAS,
    );
  }
}

function updateRows(
  unit: i32,
  gradient: usize,
  rows: usize,
  input: usize,
  inputs: usize,
  weights: usize,
  bias: usize,
): void {
  const from = <usize>unit * UNIT_ROWS;
  const halfGroups = <usize>groupsOf(stepImages()) * 2;
  updateDense(from, min(from + UNIT_ROWS, rows), halfGroups, gradient, rows, input, inputs, weights, bias);
}
