/**
 * How many steps a call of the engine makes: about 20 ms' worth, so that between two calls the process answers
 * messages (a cancellation, a question whether it still lives). A step that takes longer is a call of its own, within which
 * engine `simd` answers them too; one of 1,024 images on a CPU keeps engine `wasm` for several hundred ms, which it does
 * not divide. No result depends on it: of an engine that is bound to multiples of its steps, each call begins at such a
 * multiple of the epoch's steps, and a run that is stopped between two calls goes on there.
 */
const SECONDS_PER_CALL = 0.02;
/** Where an engine does several steps best at once, a call may take as long as this. */
const MOST_SECONDS_PER_CALL = 0.05;

export interface Pace {
  steps: number;
  /** So many steps took so long: adapts, to at most twice as many the next time, or as many as the engine does best at once. */
  measured(steps: number, seconds: number): void;
}

/**
 * @param stepsAtOnce the engine's: a call makes a multiple of so many steps, unless they take too long
 * @param isBound to such multiples, from the first call on, however long they take
 */
export function createPace(stepsAtOnce = 1, isBound = false): Pace {
  const pace: Pace = {
    // the first call may compile or warm up: one step shows that all is well
    steps: isBound ? stepsAtOnce : 1,
    measured(steps, seconds) {
      const perStep = seconds / steps;
      const wanted = Math.max(1, Math.min(2 * pace.steps, Math.floor(SECONDS_PER_CALL / perStep)));
      const most = isBound ? Number.POSITIVE_INFINITY : Math.floor(MOST_SECONDS_PER_CALL / perStep);
      pace.steps = inMultiples(wanted, stepsAtOnce, most);
    },
  };
  return pace;
}

/** The multiple of `unit` that is next below `steps`, or `unit` itself; `steps` if that were more than `most`. */
function inMultiples(steps: number, unit: number, most: number): number {
  if (unit > most) return steps;
  return Math.max(unit, steps - (steps % unit));
}
