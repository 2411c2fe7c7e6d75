/** Times that go on by themselves: "12 s ago", and how long something has taken so far. One clock ticks for all. */
import { signal } from '@preact/signals';
import { formatAge, formatDuration, formatTime, NONE } from '../format.ts';

export const now = signal(Date.now());
window.setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
document.addEventListener('visibilitychange', () => {
  now.value = Date.now();
});

export function RelativeTime({ iso }: { iso: string | null }) {
  if (iso === null) return <span>{NONE}</span>;
  return (
    <time dateTime={iso} title={formatTime(iso)}>
      {formatAge((now.value - Date.parse(iso)) / 1000)}
    </time>
  );
}

/** @param to null: until now */
export function Duration({ from, to }: { from: string | null; to: string | null }) {
  if (from === null) return <span>{NONE}</span>;
  const end = to === null ? now.value : Date.parse(to);
  return <span>{formatDuration((end - Date.parse(from)) / 1000)}</span>;
}
