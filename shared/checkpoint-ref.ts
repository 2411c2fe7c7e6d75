/** How a spec names another job's checkpoint. */
import { z } from 'zod';
import { JobId } from './new-job-id.ts';

export const MAX_EPOCHS = 1000;

/** A checkpoint of a train job: at the end of an epoch, the one with the lowest validation loss, or the latest. */
export const CheckpointRef = z.strictObject({
  jobId: JobId,
  epoch: z
    .union([z.enum(['best', 'last']), z.int().min(1).max(MAX_EPOCHS)])
    .default('best')
    .describe('`best` and `last` are resolved when the job that refers to them starts.'),
});
export type CheckpointRef = z.infer<typeof CheckpointRef>;
