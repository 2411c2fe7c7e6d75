/** What the module exports: kernel.ts is its caller. */
import { useMapsOf } from './group';
import { fillNormalised } from './input';
import * as at from './layout';
import { SLEEPING_HELPERS, serveCalls } from './team';

export { setStepCount, stepCount, useAdam, useSgd } from './optimizer';
export { exportState, importState } from './parameters';
export { evaluate, shardsOf, trainShards, trainSteps } from './step';
export { dismiss, fail } from './team';

/** Addresses that the caller reads and writes. */
export const stateAddress: usize = at.STATE;
export const indicesAddress: usize = at.INDICES;
export const stepLossesAddress: usize = at.STEP_LOSSES;
export const stepCorrectAddress: usize = at.STEP_CORRECT;
export const lossesAddress: usize = at.LOSSES;
export const predictionsAddress: usize = at.PREDICTIONS;
export const confidencesAddress: usize = at.CONFIDENCES;
export const normalisedAddress: usize = at.NORMALISED;
export const imagesAddress: usize = at.IMAGES;

export const maxCallImages: i32 = at.MAX_CALL_IMAGES;
export const maxBatch: i32 = at.MAX_BATCH;
export const maxThreads: i32 = at.MAX_THREADS;

/** The maps of each thread: what it has computed of the group that it is at. */
export const mapsAddress: usize = at.MAPS;
export const mapBytes: usize = at.MAP_BYTES;

/** How many helpers sleep until the next call. */
export const sleepersAddress: usize = SLEEPING_HELPERS;

/** Where the compiler's own static data ends, and what the threads share begins; build.test.ts compares the two. */
export const staticDataEnd: usize = __heap_base;
export const firstAddress: usize = at.TEAM;

/** To be called once, before all else. */
export function initialise(): void {
  fillNormalised();
}

/** What helper `thread` (1, 2, …) does until it is dismissed. */
export function serve(thread: i32): void {
  useMapsOf(thread);
  serveCalls();
}
