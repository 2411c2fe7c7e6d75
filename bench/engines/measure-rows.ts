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
