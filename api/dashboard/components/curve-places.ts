/** Where things stand in a plot: ticks of a logarithmic axis, marks at the ends of curves, values under the cursor. */
import { ticksOf } from '../../plot-ticks.ts';

/** Below this many times the lowest value, round steps fit better than 1, 2, 5. */
const NARROW = 5;

/** At 1, 2 and 5 times the powers of ten; at equal steps where that would be too few. @param low above 0 */
export function logTicks(low: number, high: number): number[] {
  if (high / low < NARROW) return ticksOf({ low, high }).ticks.filter((tick) => tick >= low && tick <= high);
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => 10 ** (Math.floor(Math.log10(low)) + i),
  );
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick >= low && tick <= high);
}

interface Place {
  x: number;
  y: number;
}

/** Where the marks' middles stand, moved apart where they would cover each other. @param height of a mark; `span`: of the plot, from top to bottom */
export function placeMarks(ends: readonly Place[], height: number, [top, bottom]: readonly [number, number]): number[] {
  const places = ends.map(({ y }) => y);
  const order = ends.map((_, i) => i).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  for (const column of columnsOf(order, ends, height)) {
    const free = bottom - height * (column.length - 0.5);
    column.forEach((i, k) => {
      const above = k === 0 ? top + height / 2 : (places[column[k - 1] as number] ?? top) + height;
      places[i] = Math.max(above, Math.min(places[i] ?? 0, Math.max(above, free + height * k)));
    });
  }
  return places;
}

/** Those that end at about the same x, each from top to bottom. */
function columnsOf(order: readonly number[], ends: readonly Place[], width: number): number[][] {
  const columns: number[][] = [];
  for (const i of order) {
    const isNear = (j: number) => Math.abs((ends[i]?.x ?? 0) - (ends[j]?.x ?? 0)) < width;
    const column = columns.find((members) => members.some(isNear));
    if (column) column.push(i);
    else columns.push([i]);
  }
  return columns;
}

/** The place of a curve's last value; -1 where it has none. */
export function endOf(values: readonly (number | null)[]): number {
  return values.findLastIndex((value) => value !== null);
}

/** What a curve shows at a point of the axis: where it has none of its own but goes on, the latest before. */
export function valueAt(values: readonly (number | null)[], index: number): number | null {
  if (index > endOf(values)) return null;
  return values.slice(0, index + 1).findLast((value) => value !== null) ?? null;
}
