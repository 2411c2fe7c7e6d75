/** Which rows of a long list are in view, as the page scrolls: only these are rendered. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Rendered beyond either edge, so that scrolling shows no gap. */
const BEYOND = 12;

export interface RowWindow {
  /** First row rendered, and the one after the last. */
  start: number;
  end: number;
}

/** @param rowHeight in pixels; all rows have the same */
export function useRowWindow(list: RefObject<HTMLElement | null>, count: number, rowHeight: number): RowWindow {
  const [range, setRange] = useState<RowWindow>({ start: 0, end: Math.min(count, 40) });
  useLayoutEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      const above = -(list.current?.getBoundingClientRect().top ?? 0);
      const first = Math.floor(above / rowHeight) - BEYOND;
      const last = Math.ceil((above + window.innerHeight) / rowHeight) + BEYOND;
      const start = Math.max(0, Math.min(first, count));
      const end = Math.max(start, Math.min(last, count));
      setRange((before) => (before.start === start && before.end === end ? before : { start, end }));
    };
    const onScroll = () => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    window.addEventListener('scroll', onScroll, { passive: true });
    window.addEventListener('resize', onScroll);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', onScroll);
      window.removeEventListener('resize', onScroll);
    };
  }, [list, count, rowHeight]);
  return range;
}
