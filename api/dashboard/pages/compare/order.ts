/** By which row of the table its columns are ordered: `by=optimizer.learningRate` in the address, `-` before it from high to low. */

export interface Order {
  row: string;
  isFalling: boolean;
}

export function orderOf(text: string | null): Order | null {
  if (!text) return null;
  const isFalling = text.startsWith('-');
  return { row: isFalling ? text.slice(1) : text, isFalling };
}

/** Rising, then falling, then as the jobs were chosen. */
export function nextOrder(order: Order | null, row: string): string | null {
  if (order?.row !== row) return row;
  return order.isFalling ? null : `-${row}`;
}

type Value = string | number | boolean | null;

/** The places of the values in order; those without one come last, and equals stay as they were. */
export function orderedPlaces(values: readonly Value[], isFalling: boolean): number[] {
  const places = values.map((_, i) => i);
  return places.sort((a, b) => {
    const [left, right] = [values[a] ?? null, values[b] ?? null];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return isFalling ? compare(right, left) : compare(left, right);
  });
}

function compare(left: string | number | boolean, right: string | number | boolean): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left) < String(right) ? -1 : Number(String(left) > String(right));
}
