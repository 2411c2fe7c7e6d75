/** When a job that is submitted now would start and end: the queue played through on the slots that serve it. */

export interface QueueAhead {
  /** Jobs that run at once. */
  slots: number;
  /** Seconds that each running job still takes; null where nobody knows. */
  running: readonly (number | null)[];
  /** Seconds that each job takes which goes before this one, in their order. */
  ahead: readonly (number | null)[];
  /** How many more go before it, of which nothing else is known: they take as long as the others do on average. */
  beyond: number;
  /** Seconds that this one takes. */
  own: number | null;
}

export interface Forecast {
  startsInSeconds: number | null;
  endsInSeconds: number | null;
}

export function forecast({ slots, running, ahead, beyond, own }: QueueAhead): Forecast {
  // Seconds until each slot is free; a job of unknown length keeps its slot for ever.
  const free = Array<number>(slots).fill(0);
  for (const seconds of [...running, ...ahead]) {
    const next = free.indexOf(Math.min(...free));
    free[next] = (free[next] ?? 0) + (seconds ?? Number.POSITIVE_INFINITY);
  }
  const known = ahead.filter((seconds) => seconds !== null);
  const mean =
    known.length > 0 ? known.reduce((sum, seconds) => sum + seconds, 0) / known.length : Number.POSITIVE_INFINITY;
  const start = Math.min(...free) + (beyond > 0 ? (beyond * mean) / slots : 0);
  const startsInSeconds = Number.isFinite(start) ? start : null;
  return { startsInSeconds, endsInSeconds: startsInSeconds === null || own === null ? null : startsInSeconds + own };
}
