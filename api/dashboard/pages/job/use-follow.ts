/** Keeps the end of a list in sight as it grows, unless one has scrolled up to read. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const NEAR = 24;

/** @returns for the element that scrolls; its `onScroll` notes whether one is at the end */
export function useFollow<T extends HTMLElement>(): { ref: RefObject<T | null>; onScroll(): void } {
  const ref = useRef<T>(null);
  const isAtEnd = useRef(true);
  // After each rendering: rows grow too, when their reason comes.
  useLayoutEffect(() => {
    if (isAtEnd.current && ref.current) ref.current.scrollTop = ref.current.scrollHeight;
  });
  const onScroll = () => {
    const element = ref.current;
    if (element) isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
  };
  return { ref, onScroll };
}
