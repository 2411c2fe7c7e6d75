/**
 * Where everything lies in the module's memory, in bytes. Activations hold four images innermost, so that one
 * broadcast weight meets a whole vector. Kernels take two such halves at a time, a group of 8 images; a batch is
 * cut into groups, the last one padded with empty images.
 *
 *   maps               [half group][y][x][channel][4 images], the halves of a group one after another
 *   dense activations  [half group][unit][4 images], the half groups of a batch one after another
 *   conv weights       [output][ky][kx][input], and packed as their kernels read them (parameters.ts)
 *   dense weights      [block of 4 rows][input][4 rows], bias [row]
 */

export const GROUP_IMAGES: i32 = 8;
export const MAX_BATCH: i32 = 1024;
const MAX_GROUPS: usize = 128;

/** Groups are cut into min(groups, 8) shards, summed in their order: by the batch size alone, never by threads. */
export const MAX_SHARDS: i32 = 8;

// Bytes of one pixel, row and half group of each map; a value of four images takes 16.
export const INPUT_PIXEL: usize = 16; // 1 channel
export const INPUT_ROW: usize = 512; // 32 pixels
export const INPUT_HALF: usize = 16384; // 32 rows
export const CONV1_PIXEL: usize = 96; // 6 channels
export const CONV1_ROW: usize = 2688; // 28 pixels
export const CONV1_HALF: usize = 75264; // 28 rows
export const POOL1_PIXEL: usize = 96; // 6 channels
export const POOL1_ROW: usize = 1344; // 14 pixels
export const POOL1_HALF: usize = 18816; // 14 rows
export const CONV2_PIXEL: usize = 256; // 16 channels
export const CONV2_ROW: usize = 2560; // 10 pixels
export const CONV2_HALF: usize = 25600; // 10 rows

// Dense units, rows padded to blocks of 4. The units of the flattened image are [y][x][channel] here.
export const FLAT: usize = 400;
export const HIDDEN1: usize = 120;
export const HIDDEN2: usize = 84;
export const CLASSES: usize = 10;
export const CLASS_ROWS: usize = 12;

/** The compiler's own static data (tables of exp and log) lies below; build.test.ts checks that it fits. */
const BASE: usize = 65536;

/** Parameters as a PyTorch state_dict has them, one tensor after another: what goes in and out. */
export const STATE: usize = BASE;
const STATE_BYTES: usize = 61706 * 4 + 24;

export const CONV1_WEIGHT: usize = STATE + STATE_BYTES; // 6 × 25, and 2 floats that no kernel reads
export const CONV1_BIAS: usize = CONV1_WEIGHT + 152 * 4; // 6, and 2 unread
export const CONV2_WEIGHT: usize = CONV1_BIAS + 8 * 4;
export const CONV2_BIAS: usize = CONV2_WEIGHT + 2400 * 4;
export const CONV1_PACKED: usize = CONV2_BIAS + 16 * 4; // [pair of outputs][ky][kx][2]
export const CONV2_PACKED: usize = CONV1_PACKED + 160 * 4; // [4 outputs][ky][kx][input][4]
export const CONV2_TRANSPOSED: usize = CONV2_PACKED + 2400 * 4; // [3 inputs][ky][4 − kx][output][3]
export const FC1_WEIGHT: usize = CONV2_TRANSPOSED + 2400 * 4;
export const FC1_BIAS: usize = FC1_WEIGHT + FLAT * HIDDEN1 * 4;
export const FC2_WEIGHT: usize = FC1_BIAS + HIDDEN1 * 4;
export const FC2_BIAS: usize = FC2_WEIGHT + HIDDEN1 * HIDDEN2 * 4;
export const FC3_WEIGHT: usize = FC2_BIAS + HIDDEN2 * 4;
export const FC3_BIAS: usize = FC3_WEIGHT + HIDDEN2 * CLASS_ROWS * 4;

/** Normalised value of each byte: 256 floats. */
export const NORMALISED: usize = FC3_BIAS + 16 * 4;

// Of one call: which images, and what came out.
export const INDICES: usize = NORMALISED + 256 * 4; // u32 each
export const PREDICTIONS: usize = INDICES + MAX_BATCH * 4; // u8 each
export const LABELS: usize = PREDICTIONS + MAX_BATCH; // u8 each
export const LOSSES: usize = LABELS + MAX_BATCH; // f64 each
export const CONFIDENCES: usize = LOSSES + MAX_BATCH * 8; // f64 each

// Gradients of the convolutions, one set per shard: four partial sums per parameter.
export const GRADIENTS: usize = CONFIDENCES + MAX_BATCH * 8;
export const CONV1_WEIGHT_GRADIENT: usize = 0;
export const CONV1_BIAS_GRADIENT: usize = CONV1_WEIGHT_GRADIENT + 152 * 16;
export const CONV2_WEIGHT_GRADIENT: usize = CONV1_BIAS_GRADIENT + 8 * 16;
export const CONV2_BIAS_GRADIENT: usize = CONV2_WEIGHT_GRADIENT + 2400 * 16;
export const GRADIENT_BYTES: usize = CONV2_BIAS_GRADIENT + 16 * 16;
/** The gradient of the first pooled map, of the one group that a shard is at. */
export const POOL1_GRADIENT: usize = GRADIENT_BYTES;
/** The gradient before the second convolution's tanh, of one half group, packed (convolution2.ts). */
export const PACKED_GRADIENT: usize = POOL1_GRADIENT + 2 * POOL1_HALF;
export const SHARD_BYTES: usize = PACKED_GRADIENT + CONV2_HALF;

// Dense activations and their gradients, each for all half groups of the largest batch.
export const FLAT_ACTIVATION: usize = GRADIENTS + SHARD_BYTES * MAX_SHARDS;
export const FLAT_GRADIENT: usize = FLAT_ACTIVATION + FLAT * MAX_GROUPS * 32;
export const HIDDEN1_ACTIVATION: usize = FLAT_GRADIENT + FLAT * MAX_GROUPS * 32;
export const HIDDEN1_GRADIENT: usize = HIDDEN1_ACTIVATION + HIDDEN1 * MAX_GROUPS * 32;
export const HIDDEN2_ACTIVATION: usize = HIDDEN1_GRADIENT + HIDDEN1 * MAX_GROUPS * 32;
export const HIDDEN2_GRADIENT: usize = HIDDEN2_ACTIVATION + HIDDEN2 * MAX_GROUPS * 32;
export const OUTPUT_ACTIVATION: usize = HIDDEN2_GRADIENT + HIDDEN2 * MAX_GROUPS * 32;
export const OUTPUT_GRADIENT: usize = OUTPUT_ACTIVATION + CLASS_ROWS * MAX_GROUPS * 32;

// Maps, one set per group.
export const MAPS: usize = OUTPUT_GRADIENT + CLASS_ROWS * MAX_GROUPS * 32;
export const INPUT: usize = 0;
export const CONV1: usize = INPUT + 2 * INPUT_HALF; // tanh, then the gradient before it
export const POOL1: usize = CONV1 + 2 * CONV1_HALF;
export const CONV2: usize = POOL1 + 2 * POOL1_HALF; // tanh, then the gradient before it
export const MAP_BYTES: usize = CONV2 + 2 * CONV2_HALF;

/** Image sets from here on. */
export const IMAGES: usize = MAPS + MAP_BYTES * MAX_GROUPS;
