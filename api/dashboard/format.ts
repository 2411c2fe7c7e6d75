/** Figures and times as the dashboard shows them. English, whatever the browser speaks: so is all the text around them. */
const LOCALE = 'en-US';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const tenths = new Intl.NumberFormat(LOCALE, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium', hour12: false });
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium', hour12: false });

/** Stands where there is no figure. */
export const NONE = '–';

type Figure = number | null | undefined;

const isNone = (figure: Figure): figure is null | undefined => figure === null || figure === undefined;

export function formatCount(count: Figure): string {
  return isNone(count) ? NONE : whole.format(count);
}

/** `1 epoch`, `20 epochs`. */
export function plural(count: number, one: string): string {
  return `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`, `1,021st`. */
export function ordinal(place: number): string {
  const tens = place % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${formatCount(place)}${ending}`;
}

/** Four digits after the point; a loss gone wild in powers of ten. */
export function formatLoss(loss: Figure): string {
  if (isNone(loss)) return NONE;
  return Math.abs(loss) < 10_000 ? loss.toFixed(4) : loss.toExponential(2);
}

/** @param accuracy 0 … 1 */
export function formatAccuracy(accuracy: Figure): string {
  return isNone(accuracy) ? NONE : hundredths.format(accuracy);
}

/** `6.2 ms`, `48 ms`. */
export function formatMilliseconds(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : whole.format(milliseconds)} ms`;
}

export function formatSpeed(imagesPerSecond: Figure): string {
  return isNone(imagesPerSecond) ? NONE : whole.format(imagesPerSecond);
}

/** Rounded to a tenth: for a place too narrow for more, and for what changes while one looks at it. @param share 0 … 1 */
export function formatPercent(share: Figure): string {
  return isNone(share) ? NONE : tenths.format(share);
}

/** `42 s`, `3 min 05 s`, `2 h 07 min`, `3 d 4 h`. */
export function formatDuration(seconds: Figure): string {
  if (isNone(seconds)) return NONE;
  const s = Math.max(0, Math.round(seconds));
  const pad = (part: number) => String(part).padStart(2, '0');
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${pad(Math.floor((s % 3600) / 60))} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** A duration that nobody knows exactly, in its largest unit: `4 s`, `1 min`, `2.5 h`, `3 d`. */
export function formatEstimate(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 59.5 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 8640) / 10} d`;
}

/** `just now`, `12 s ago`, `in 4 min`, `3 h ago`, `2 d ago`. @param seconds since then; negative: until then */
export function formatAge(seconds: number): string {
  const s = Math.abs(seconds);
  if (s < 2) return 'just now';
  const [amount, unit] =
    s < 60 ? [s, 's'] : s < 3600 ? [s / 60, 'min'] : s < 86_400 ? [s / 3600, 'h'] : [s / 86_400, 'd'];
  const text = `${Math.floor(amount)} ${unit}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/** `13:04:59`, where the day is known or does not matter. */
export function formatClock(iso: string): string {
  return clock.format(new Date(iso));
}

export function formatTime(iso: string): string {
  return exact.format(new Date(iso));
}

/** `1.2 kB`, `484 kB`, `3.1 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [amount, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
  return `${amount < 10 ? amount.toFixed(1) : whole.format(amount)} ${unit}`;
}

/** A field of a spec, by the end of its path: `learningRate` is "Learning rate". */
export function formatFieldName(name: string): string {
  const words = name.replaceAll(
    /([a-z])([A-Z])/g,
    (_all, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}
