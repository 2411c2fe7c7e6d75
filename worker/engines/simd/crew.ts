/**
 * How many threads train: all, or one alone. On a machine that is busy with other work a step waits for the thread
 * whose core is taken, and may take longer than without it. No result depends on the number, so what is faster now decides.
 */
export interface Crew {
  /** For the next call. */
  threads(): number;
  /** So many threads took so many milliseconds for so many images. */
  measured(threads: number, images: number, milliseconds: number): void;
}

/** Every so many calls (of some 20 ms each) the slower way is tried again. */
const TRY_EVERY = 50;
/** Share of the latest call in what is taken for a way's speed. */
const LATEST = 0.5;

export function createCrew(all: number): Crew {
  /** Images a millisecond, by the number of threads. */
  const speeds = new Map<number, number>();
  let calls = 0;

  const speedOf = (threads: number) => speeds.get(threads) ?? Number.POSITIVE_INFINITY;
  return {
    threads() {
      calls += 1;
      const [faster, slower] = speedOf(all) >= speedOf(1) ? [all, 1] : [1, all];
      return calls % TRY_EVERY === 0 ? slower : faster;
    },
    measured(threads, images, milliseconds) {
      const now = images / Math.max(milliseconds, 1e-3);
      const before = speeds.get(threads) ?? now;
      speeds.set(threads, before + LATEST * (now - before));
    },
  };
}
