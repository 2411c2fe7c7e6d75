/** One request at a time: while it is under way, only the newest of what comes in is kept for the next. */
export function newestWins<T>(run: (item: T) => Promise<void>): (item: T) => void {
  let next: { item: T } | null = null;
  let isRunning = false;

  async function runAll(): Promise<void> {
    isRunning = true;
    while (next !== null) {
      const { item } = next;
      next = null;
      await run(item);
    }
    isRunning = false;
  }

  return (item) => {
    next = { item };
    if (!isRunning) runAll();
  };
}
