/** Work that is repeated, and never begun while the time before is still under way: while Redis is away, none piles up. */

/** @param work handles its own errors */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let isUnderWay = false;
  return async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    try {
      await work();
    } finally {
      isUnderWay = false;
    }
  };
}
