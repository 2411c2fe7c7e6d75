/** A job's epochs: as numbers, and as a plot. */
import { z } from 'zod';
import { sha256 } from '../../shared/checkpoints/checkpoint.ts';
import { JobId } from '../../shared/jobs.ts';
import { EpochRow } from '../../shared/views.ts';
import { JSON_TYPE, negotiate } from '../negotiate.ts';
import type { Download } from '../route.ts';
import { withJob } from './with-job.ts';

export const CSV_TYPE = 'text/csv';

export const Metrics = z.strictObject({
  jobId: JobId,
  /** First one first; each epoch stands there once, however often it was run again. */
  epochs: z.array(EpochRow),
});
type Metrics = z.infer<typeof Metrics>;

export const getMetrics = withJob<{ id: string }, unknown, unknown, { status: 200; body: Metrics } | Download>(
  async ({ job: { record }, accepts }, { store }) => {
    const type = negotiate({ accepts }, 'the metrics', [JSON_TYPE, CSV_TYPE]);
    const epochs = await store.epochRows(record.id);
    if (type === JSON_TYPE) return { status: 200, body: { jobId: record.id, epochs } };
    const bytes = Buffer.from(csvOf(epochs));
    const name = `${record.id}-metrics.csv`;
    return { file: { type: `${CSV_TYPE}; charset=utf-8; header=present`, name, bytes, sha256: sha256(bytes) } };
  },
);

/** RFC 4180. Numbers alone, so nothing is to be quoted. */
function csvOf(epochs: readonly EpochRow[]): string {
  const fields = EpochRow.keyof().options;
  const lines = [fields, ...epochs.map((row) => fields.map((field) => row[field]))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
