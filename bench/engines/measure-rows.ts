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
