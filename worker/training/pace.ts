/**
 * How many steps a call of the engine makes: about 20 ms' worth, so that between two calls the process answers
 * messages (a cancellation, a question whether it still lives). No result depends on it.
 */
const SECONDS_PER_CALL = 0.02;

export interface Pace {
  steps: number;
  /** So many steps took so long: adapts, to at most twice as many the next time. */
  measured(steps: number, seconds: number): void;
}

export function createPace(): Pace {
  const pace: Pace = {
    // the first call may compile or warm up: one step shows that all is well
    steps: 1,
    measured(steps, seconds) {
      pace.steps = Math.max(1, Math.min(2 * pace.steps, Math.floor((steps * SECONDS_PER_CALL) / seconds)));
    },
  };
  return pace;
}
