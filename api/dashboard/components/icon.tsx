/** The icons, 16 × 16, drawn in the colour of the text. They say nothing to a screen reader: the text beside them does. */
const PATHS = {
  waiting: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
  delayed: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM8 5v3.2l2.2 1.6',
  active: 'M8 2.5a5.5 5.5 0 1 0 5.5 5.5M8 2.5A5.5 5.5 0 0 1 13.5 8M8 6v4M6 8h4',
  completed: 'm3.5 8.5 3 3 6-7',
  failed: 'm4.5 4.5 7 7m0-7-7 7',
  cancelled: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Zm-3.8 9.3 7.6-7.6',
  search: 'M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4Zm3.1 7.3 3.2 3.2',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  check: 'm3.5 8.5 3 3 6-7',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM8 1.5v1.4m0 10.2v1.4M1.5 8h1.4m10.2 0h1.4M3.4 3.4l1 1m7.2 7.2 1 1m0-9.2-1 1m-7.2 7.2-1 1',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z',
  external: 'M6.5 3.5h-3v9h9v-3M9.5 3.5h3v3M12.3 3.7 7.5 8.5',
  download: 'M8 2.5v7m-3-2.8 3 3 3-3M3 13h10',
  'sign-out': 'M6.5 3.5h-3v9h3M7 8h6.5m-2.5-2.6L13.6 8 11 10.6',
  plus: 'M8 3v10M3 8h10',
  retry: 'M12.8 8A4.8 4.8 0 1 1 11 4.2M11.2 1.8v2.7H8.5',
  stop: 'M4.5 4.5h7v7h-7z',
  trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5',
  chevron: 'm6 4 4 4-4 4',
  alert: 'M8 2.2 14.3 13H1.7ZM8 6.5v3m0 1.6v.2',
  star: 'm8 2 1.8 3.8 4.2.6-3 2.9.7 4.1L8 11.4l-3.7 2 .7-4.1-3-2.9 4.2-.6Z',
  worker: 'M4.5 4.5h7v7h-7zM6 4.5V2.5m4 2v-2m-4 11v-2m4 2v-2M4.5 6h-2m2 4h-2m11-4h-2m2 4h-2',
  queue: 'M2.5 4h11M2.5 8h11M2.5 12h6',
  inbox: 'M2.5 9.5 4.5 4h7l2 5.5v3h-11zM2.5 9.5h3.2l.8 1.5h3l.8-1.5h3.2',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A yard: one track that fans out into three. */
export function Logo() {
  return (
    <svg
      aria-hidden="true"
      width="24"
      height="24"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
    >
      <path d="M2 12h20" />
      <path d="M5 12c5 0 5-7 10-7h7" opacity="0.65" />
      <path d="M5 12c5 0 5 7 10 7h7" opacity="0.65" />
    </svg>
  );
}
