/** A job's epochs: as numbers, and as a plot. */
import { z } from 'zod';
import { sha256 } from '../../shared/checkpoints/checkpoint.ts';
import { JobId } from '../../shared/jobs.ts';
import { EpochRow } from '../../shared/views.ts';
import { lossPlot, THEMES } from '../loss-plot.ts';
import { JSON_TYPE, negotiate } from '../negotiate.ts';
import type { Download } from '../route.ts';
import { withJob } from './with-job.ts';

export const CSV_TYPE = 'text/csv';
export const SVG_TYPE = 'image/svg+xml';

export const Metrics = z.strictObject({
  jobId: JobId,
  epochs: z.array(EpochRow).describe('First one first; each epoch stands there once, however often it was run again.'),
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

export const PlotQuery = z.strictObject({
  theme: z
    .enum(THEMES)
    .meta({ allowed: 'auto (light or dark as the reader prefers), light or dark' })
    .default('auto')
    .describe('`auto`: light or dark as the reader prefers.'),
});

type PlotRequest = z.output<typeof PlotQuery>;

export const getLossPlot = withJob<{ id: string }, PlotRequest, unknown, Download>(
  async ({ job: { record }, query }, { store }) => {
    const svg = lossPlot(record.name ?? record.id, await store.epochRows(record.id), query.theme);
    const bytes = Buffer.from(svg);
    return {
      file: { type: `${SVG_TYPE}; charset=utf-8`, name: null, bytes, sha256: sha256(bytes) },
      headers: {
        // a job's name is its user's: whatever may slip in, nothing runs and nothing is fetched
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      },
    };
  },
);

/** RFC 4180. Numbers alone, so nothing is to be quoted. */
function csvOf(epochs: readonly EpochRow[]): string {
  const fields = EpochRow.keyof().options;
  const lines = [fields, ...epochs.map((row) => fields.map((field) => row[field]))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
