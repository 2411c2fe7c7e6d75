/** Measures the rows of a plan, all of them in each round. */
import { note } from '../../scripts/setup/say.mjs';
import { type Measurer, startMeasurer } from '../measurer.ts';
import { type Figures, measureInRounds } from '../rounds.ts';
import type { MeasuringProcess, Plan, Row } from './plan.ts';

export interface Measured {
  row: Row;
  batchSize: number;
  figures: Figures;
}

/** What cannot be measured is noted and left out. */
export async function measureRows({ rows, effort }: Plan): Promise<Measured[]> {
  const measurers = new Map<MeasuringProcess, Measurer>();
  for (const { process: how } of rows) {
    if (!measurers.has(how)) measurers.set(how, startMeasurer(how.command, { ...process.env, ...how.env }));
  }
  const entries = rows.flatMap((row) =>
    row.batchSizes.map((batchSize) => ({
      row,
      measurer: measurers.get(row.process) as Measurer,
      case: { work: row.work, way: row.way, batchSize, unrolled: 1 },
    })),
  );
  const figures = await measureInRounds(entries, effort, (place, { message }) => {
    const entry = entries[place];
    note(`${entry?.row.label}, ${entry?.case.work}, batch size ${entry?.case.batchSize} is left out: ${message}`);
  });
  for (const measurer of measurers.values()) await measurer.stop();
  return entries.flatMap(({ row, case: { batchSize } }, place) => {
    const found = figures[place];
    return found ? [{ row, batchSize, figures: found }] : [];
  });
}

export type Wanted = Partial<Pick<Row, 'label' | 'whose' | 'threads' | 'work'> & Pick<Measured, 'batchSize'>>;

/** Images a second, of those that match at their best; undefined where none was measured. */
export function rateOf(measured: readonly Measured[], wanted: Wanted): number | undefined {
  return best(
    measured
      .filter(({ row, batchSize }) => {
        const it: Required<Wanted> = { ...row, batchSize };
        return (Object.keys(wanted) as (keyof Wanted)[]).every((key) => it[key] === wanted[key]);
      })
      .map(({ figures }) => figures.perSecond),
  );
}

/** undefined where there is none. */
export function best(rates: readonly (number | undefined)[]): number | undefined {
  const found = rates.filter((rate) => rate !== undefined);
  return found.length > 0 ? Math.max(...found) : undefined;
}
