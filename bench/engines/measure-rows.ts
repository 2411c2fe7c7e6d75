/** Measures the rows of a plan, all of them in each round. */
import type { LeftOut } from '../left-out.ts';
import { type Measured as MeasuredCell, measureCells } from '../measure-cells.ts';
import { type Measurer, startMeasurer } from '../measurer.ts';
import type { MeasuringProcess, Plan, Row } from './plan.ts';

export type Measured = MeasuredCell<Row>;

export async function measureRows({ rows, effort }: Plan, leftOut: LeftOut): Promise<Measured[]> {
  const measurers = new Map<MeasuringProcess, Measurer>();
  for (const { process: how } of rows) {
    if (!measurers.has(how)) measurers.set(how, startMeasurer(how.command, { ...process.env, ...how.env }));
  }
  const cells = rows.flatMap((row) =>
    row.batchSizes.map((batchSize) => ({
      row,
      measurer: measurers.get(row.process) as Measurer,
      case: { work: row.work, way: row.way, batchSize, unrolled: 1 },
    })),
  );
  const measured = await measureCells(cells, effort, leftOut);
  for (const measurer of measurers.values()) await measurer.stop();
  return measured;
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
