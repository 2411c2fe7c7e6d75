/** Collects what comes in quick succession and hands it on together, so that a burst of events is one redraw. */
export function batched<T>(ms: number, hand: (items: T[]) => void): { add(item: T): void; cancel(): void } {
  let items: T[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  return {
    add(item) {
      items.push(item);
      timer ??= setTimeout(() => {
        const batch = items;
        items = [];
        timer = null;
        hand(batch);
      }, ms);
    },
    cancel() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      items = [];
    },
  };
}
