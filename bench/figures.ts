/** Figures as they are written. */

/** To three digits: a machine says no more from one run to the next. */
export function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}

/** As in `1 round` and `5 rounds`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
