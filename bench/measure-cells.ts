/** Measures what the cells of a table show, all of them in each round. */
import type { LeftOut } from './left-out.ts';
import type { Case, Measurer } from './measurer.ts';
import { type Effort, type Figures, measureInRounds } from './rounds.ts';

/** A row at one of its batch sizes. */
export interface Cell<R> {
  row: R;
  measurer: Measurer;
  case: Case;
}

export interface Measured<R> {
  row: R;
  batchSize: number;
  figures: Figures;
}

export async function measureCells<R extends { label: string }>(
  cells: readonly Cell<R>[],
  effort: Effort,
  leftOut: LeftOut,
): Promise<Measured<R>[]> {
  const figures = await measureInRounds(cells, effort, (place, { message }) => {
    const { row, case: what } = cells[place] as Cell<R>;
    leftOut.add(`${row.label}, ${what.work}, batch size ${what.batchSize}`, message);
  });
  return cells.flatMap(({ row, case: { batchSize } }, place) => {
    const found = figures[place];
    return found ? [{ row, batchSize, figures: found }] : [];
  });
}
