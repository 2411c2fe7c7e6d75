/**
 * Where everything lies in the module's memory. A v128 holds the same value of four images, innermost, so that one
 * broadcast weight meets a whole vector. Kernels take two such halves at a time, a group of 8 images; a batch is
 * cut into groups, the last one padded with empty images.
 *
 *   maps               [half group][y][x][channel][4 images], the halves of a group one after another
 *   dense activations  [half group][unit][4 images], the half groups of a batch one after another
 *   conv weights       [kx][output][ky][input], and at the points of winograd.ts as their kernels read them (parameters.ts)
 *   dense weights      [block of 4 rows][input][4 rows], bias [row]
 *
 * Channels and units are padded to what kernels take at a time; what pads is 0 and stays so.
 */
import { CHANNELS1, CHANNELS2, CLASSES, UNITS1, UNITS2 } from './model';
import { POINTS, PRODUCT_POINT } from './winograd';

export const GROUP_IMAGES: i32 = 8;
export const MAX_BATCH: i32 = 1024;
const MAX_GROUPS: usize = 128;

/** Groups are cut into min(groups, 8) shards, summed in their order: by the batch size alone, never by threads. */
export const MAX_SHARDS: i32 = 8;
/** More would find no shard. */
export const MAX_THREADS: i32 = MAX_SHARDS;

// Padded counts. Kernels take 2, 3 or 6 of the first channels at a time, 4 of the second, and 4 or 8 units.
export const C1: usize = ((CHANNELS1 + 5) / 6) * 6;
export const C2: usize = ((CHANNELS2 + 3) / 4) * 4;
export const HIDDEN1: usize = ((UNITS1 + 7) / 8) * 8;
export const HIDDEN2: usize = ((UNITS2 + 7) / 8) * 8;
export const CLASS_ROWS: usize = ((CLASSES + 7) / 8) * 8;
/** The units of the flattened image are [y][x][channel] here. */
export const FLAT: usize = 25 * C2;

// Bytes of one pixel, row and half group of each map; a value of four images takes 16.
export const INPUT_PIXEL: usize = 16; // 1 channel
export const INPUT_ROW: usize = 32 * INPUT_PIXEL;
export const INPUT_HALF: usize = 32 * INPUT_ROW;
export const CONV1_PIXEL: usize = C1 * 16;
export const CONV1_ROW: usize = 28 * CONV1_PIXEL;
export const CONV1_HALF: usize = 28 * CONV1_ROW;
export const POOL1_PIXEL: usize = C1 * 16;
export const POOL1_ROW: usize = 14 * POOL1_PIXEL;
export const POOL1_HALF: usize = 14 * POOL1_ROW;
export const CONV2_PIXEL: usize = C2 * 16;
/** Zeros, left and right of each row. */
export const CONV2_MARGIN: usize = 4 * CONV2_PIXEL;
export const CONV2_ROW: usize = 10 * CONV2_PIXEL + 2 * CONV2_MARGIN;
export const CONV2_HALF: usize = 10 * CONV2_ROW;
/** The second pooled map is the flattened image. */
export const FLAT_HALF: usize = FLAT * 16;

/** The compiler's own static data (tables of exp and log, the kernels' constants) lies below; build.test.ts checks that it fits. */
const BASE: usize = 65536;

/** What the threads share (team.ts). */
export const TEAM: usize = BASE;
/** What the call is about (step.ts): written while no thread is in a phase. */
export const CALL: usize = TEAM + 320;
/** The optimizer and its constants (optimizer.ts). */
export const OPTIMIZER: usize = CALL + 192;

/** Parameters, then each slot of the optimizer, as a PyTorch state_dict has them, end to end: what goes in and out. */
export const STATE: usize = OPTIMIZER + 512;
/** Tensors of the parameters' shapes that an optimizer may keep. */
export const MAX_SLOTS: usize = 2;
export const PARAMETERS: usize =
  CHANNELS1 * 25 +
  CHANNELS1 +
  CHANNELS2 * CHANNELS1 * 25 +
  CHANNELS2 +
  UNITS1 * CHANNELS2 * 25 +
  UNITS1 +
  UNITS2 * UNITS1 +
  UNITS2 +
  CLASSES * UNITS2 +
  CLASSES;
const STATE_BYTES: usize = ((PARAMETERS * (1 + MAX_SLOTS) + 15) / 16) * 64;

// Floats of the convolutions, padded to whole vectors.
/** Of one column of the 5×5 weights, or of one of the eight points that stand for the five columns (winograd.ts). */
export const POINT1_WEIGHTS: usize = ((C1 * 5 + 3) / 4) * 4;
export const POINT2_WEIGHTS: usize = C2 * 5 * C1;
export const CONV1_WEIGHTS: usize = 5 * POINT1_WEIGHTS;
export const CONV1_BIASES: usize = ((C1 + 3) / 4) * 4;
export const CONV2_WEIGHTS: usize = 5 * POINT2_WEIGHTS;
export const CONV2_BIASES: usize = C2;

export const CONV1_WEIGHT: usize = STATE + STATE_BYTES;
export const CONV1_BIAS: usize = CONV1_WEIGHT + CONV1_WEIGHTS * 4;
export const CONV2_WEIGHT: usize = CONV1_BIAS + CONV1_BIASES * 4;
export const CONV2_BIAS: usize = CONV2_WEIGHT + CONV2_WEIGHTS * 4;
export const FC1_WEIGHT: usize = CONV2_BIAS + CONV2_BIASES * 4;
export const FC1_BIAS: usize = FC1_WEIGHT + FLAT * HIDDEN1 * 4;
export const FC2_WEIGHT: usize = FC1_BIAS + HIDDEN1 * 4;
export const FC2_BIAS: usize = FC2_WEIGHT + HIDDEN1 * HIDDEN2 * 4;
export const FC3_WEIGHT: usize = FC2_BIAS + HIDDEN2 * 4;
export const FC3_BIAS: usize = FC3_WEIGHT + HIDDEN2 * CLASS_ROWS * 4;
/** From a parameter to its value in the optimizer's first slot, and from there to the second. */
export const SLOT_BYTES: usize = FC3_BIAS + CLASS_ROWS * 4 - CONV1_WEIGHT;

// Bytes of what is read at a point of its taps: of a pair of outputs, a block of four, and three inputs.
export const TAPS1_POINT: usize = 5 * 2 * 4;
export const TAPS2_POINT: usize = 5 * C1 * 4 * 4;
export const REVERSED_TAPS_ROW: usize = C2 * 3 * 4;
export const REVERSED_TAPS_POINT: usize = 5 * REVERSED_TAPS_ROW;

export const CONV1_TAPS: usize = CONV1_WEIGHT + SLOT_BYTES * (1 + MAX_SLOTS); // [pair of outputs][point][ky][2]
export const CONV2_TAPS: usize = CONV1_TAPS + POINTS * POINT1_WEIGHTS * 4; // [block of 4 outputs][point][ky][input][4]
export const CONV2_REVERSED_TAPS: usize = CONV2_TAPS + POINTS * POINT2_WEIGHTS * 4; // [3 inputs][point][4 − ky][output][3]

/** Normalised value of each byte: 256 floats. */
export const NORMALISED: usize = CONV2_REVERSED_TAPS + POINTS * POINT2_WEIGHTS * 4;

// Of one call: which images, and what came out of each step.
export const MAX_CALL_IMAGES: i32 = 8192;
export const INDICES: usize = NORMALISED + 256 * 4; // u32 each
export const STEP_LOSSES: usize = INDICES + MAX_CALL_IMAGES * 4; // f64 each
export const STEP_CORRECT: usize = STEP_LOSSES + MAX_CALL_IMAGES * 8; // u32 each

// Of the images of one step, or of one evaluation.
export const LABELS: usize = STEP_CORRECT + MAX_CALL_IMAGES * 4; // u8 each
export const PREDICTIONS: usize = LABELS + MAX_BATCH; // u8 each
export const LOSSES: usize = PREDICTIONS + MAX_BATCH; // f64 each
export const CONFIDENCES: usize = LOSSES + MAX_BATCH * 8; // f64 each
export const LOG_SUMS: usize = CONFIDENCES + MAX_BATCH * 8; // f64 each: logarithm of the sum of the outputs' exponentials

// Gradients of the convolutions, one set per shard: four partial sums per bias, and per weight at a point.
export const GRADIENTS: usize = LOG_SUMS + MAX_BATCH * 8;
export const CONV1_WEIGHT_GRADIENT: usize = 0;
export const CONV1_BIAS_GRADIENT: usize = CONV1_WEIGHT_GRADIENT + POINTS * POINT1_WEIGHTS * 16;
export const CONV2_WEIGHT_GRADIENT: usize = CONV1_BIAS_GRADIENT + CONV1_BIASES * 16;
export const CONV2_BIAS_GRADIENT: usize = CONV2_WEIGHT_GRADIENT + POINTS * POINT2_WEIGHTS * 16;
export const GRADIENT_BYTES: usize = CONV2_BIAS_GRADIENT + CONV2_BIASES * 16;
/** Of the four weights of each kx that are being updated: a vector for each point. */
export const TAP_GRADIENTS: usize = GRADIENTS + GRADIENT_BYTES * MAX_SHARDS;

// Dense activations and their gradients, each for all half groups of the largest batch.
export const FLAT_ACTIVATION: usize = TAP_GRADIENTS + POINTS * 16;
export const FLAT_GRADIENT: usize = FLAT_ACTIVATION + FLAT * MAX_GROUPS * 32;
export const HIDDEN1_ACTIVATION: usize = FLAT_GRADIENT + FLAT * MAX_GROUPS * 32;
export const HIDDEN1_GRADIENT: usize = HIDDEN1_ACTIVATION + HIDDEN1 * MAX_GROUPS * 32;
export const HIDDEN2_ACTIVATION: usize = HIDDEN1_GRADIENT + HIDDEN1 * MAX_GROUPS * 32;
export const HIDDEN2_GRADIENT: usize = HIDDEN2_ACTIVATION + HIDDEN2 * MAX_GROUPS * 32;
export const OUTPUT_ACTIVATION: usize = HIDDEN2_GRADIENT + HIDDEN2 * MAX_GROUPS * 32;
export const OUTPUT_GRADIENT: usize = OUTPUT_ACTIVATION + CLASS_ROWS * MAX_GROUPS * 32;

// The maps of the one group that a thread is at.
export const MAPS: usize = OUTPUT_GRADIENT + CLASS_ROWS * MAX_GROUPS * 32;
export const INPUT: usize = 0;
export const CONV1: usize = INPUT + 2 * INPUT_HALF; // tanh, then the gradient before it
export const POOL1: usize = CONV1 + 2 * CONV1_HALF;
/** Past the first row's left margin. Tanh, then the gradient before it. */
export const CONV2: usize = POOL1 + 2 * POOL1_HALF + CONV2_MARGIN;
export const POOL1_GRADIENT: usize = CONV2 - CONV2_MARGIN + 2 * CONV2_HALF;
/** Products of a few outputs of both halves at the points, of up to 14 rows. */
export const PRODUCTS: usize = POOL1_GRADIENT + 2 * POOL1_HALF;

// What quads of outputs see of both halves of the input, and of the first pooled map (convolution1.ts, convolution2.ts).
export const SEEN1: usize = PRODUCTS + 14 * POINTS * PRODUCT_POINT;
export const SEEN1_ROW: usize = 7 * 16;
export const SEEN1_POINT: usize = 32 * SEEN1_ROW;
export const SEEN1_HALF: usize = POINTS * SEEN1_POINT;
export const SEEN2: usize = SEEN1 + 2 * SEEN1_HALF;
export const SEEN2_POINT: usize = 14 * POOL1_PIXEL;
export const SEEN2_QUAD: usize = POINTS * SEEN2_POINT;
export const SEEN2_HALF: usize = 3 * SEEN2_QUAD;
/** And what one quad of the pooled map sees of the gradient before the second convolution's tanh. */
export const SEEN_GRADIENT: usize = SEEN2 + 2 * SEEN2_HALF;
export const SEEN_GRADIENT_POINT: usize = 10 * C2 * 16;
export const SEEN_GRADIENT_HALF: usize = POINTS * SEEN_GRADIENT_POINT;

// The gradients before tanh at the points, of one half group: of the first convolution, so few rows of 7 quads that they
// stay in the nearest cache; of the second, for each block of four outputs, 3 quads of 10 rows.
export const TILE_ROWS: usize = 4;
export const SPREAD1: usize = SEEN_GRADIENT + 2 * SEEN_GRADIENT_HALF;
export const SPREAD1_POINT: usize = TILE_ROWS * 7 * CONV1_PIXEL;
export const SPREAD2: usize = SPREAD1 + POINTS * SPREAD1_POINT;
export const SPREAD2_POINT: usize = 30 * 64;
export const MAP_BYTES: usize = SPREAD2 + (C2 / 4) * POINTS * SPREAD2_POINT;

/** Image sets from here on. */
export const IMAGES: usize = MAPS + MAP_BYTES * MAX_THREADS;
