/** A job's epochs. */
import { z } from 'zod';
import { JobId } from '../../shared/jobs.ts';
import { EpochRow } from '../../shared/views.ts';
import { withJob } from './with-job.ts';

export const Metrics = z.strictObject({
  jobId: JobId,
  epochs: z.array(EpochRow).describe('First one first; each epoch stands there once, however often it was run again.'),
});

export const getMetrics = withJob(async ({ job: { record } }, { store }) => ({
  status: 200 as const,
  body: { jobId: record.id, epochs: await store.epochRows(record.id) },
}));
