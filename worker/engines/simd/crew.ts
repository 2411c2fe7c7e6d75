/**
 * How many threads train in a run: all, or one alone. On a machine that is busy with other work a step waits for the thread
 * whose core is taken, and may take longer than without it. No result depends on the number, so what is faster now decides.
 */
export interface Crew {
  /** For the next call. */
  threads(): number;
  /** So many threads took so many milliseconds for so many images. */
  measured(threads: number, images: number, milliseconds: number): void;
}

/** Milliseconds of training after which the slower way is tried again: first soon, as first calls are slow whichever way. */
const SOON = 50;
const LATE = 2000;
/** Share of the latest call in what is taken for a way's speed. */
const LATEST = 0.5;

export function createCrew(all: number): Crew {
  /** Images a millisecond, by the number of threads. */
  const speeds = new Map<number, number>();
  let wait = SOON;
  let sinceTried = 0;

  const speedOf = (threads: number) => speeds.get(threads) ?? Number.POSITIVE_INFINITY;
  const faster = () => (speedOf(all) >= speedOf(1) ? all : 1);
  const slower = () => (faster() === all ? 1 : all);
  return {
    threads: () => (all > 1 && sinceTried >= wait ? slower() : faster()),
    measured(threads, images, milliseconds) {
      const before = faster();
      const now = images / Math.max(milliseconds, 1e-3);
      const known = speeds.get(threads) ?? now;
      speeds.set(threads, known + LATEST * (now - known));
      if (faster() !== before) wait = SOON;
      else if (threads !== before) wait = Math.min(2 * wait, LATE);
      sinceTried = threads === before ? sinceTried + milliseconds : 0;
    },
  };
}
