/** What is known of a checkpoint: its immutable name, and the manifest that stands beside its data. */
import { z } from 'zod';
import { ENGINE_NAMES, JobId, TrainSpec } from '../jobs.ts';
import type { Cursor } from '../views.ts';
import { RunState } from './run-state.ts';

/** `e0007-s01200-a003`: 7 epochs done, 1,200 steps into the next, saved by attempt 3. */
export const CheckpointName = z
  .string()
  .regex(/^e\d{4,9}-s\d{5,9}-a\d{3,9}$/, 'a checkpoint name such as e0007-s01200-a003')
  .brand('CheckpointName');
export type CheckpointName = z.infer<typeof CheckpointName>;

export function checkpointName({ epoch, step }: Cursor, attempt: number): CheckpointName {
  const padded = (value: number, digits: number) => String(value).padStart(digits, '0');
  return CheckpointName.parse(`e${padded(epoch, 4)}-s${padded(step, 5)}-a${padded(attempt, 3)}`);
}

export function parseCheckpointName(name: CheckpointName): { cursor: Cursor; attempt: number } {
  const [epoch = 0, step = 0, attempt = 0] = name.split('-').map((part) => Number(part.slice(1)));
  return { cursor: { epoch, step }, attempt };
}

/** Sorts from the beginning of a run to its end; of one cursor, the later attempt comes last. */
export function compareCheckpointNames(a: CheckpointName, b: CheckpointName): number {
  const [one, other] = [parseCheckpointName(a), parseCheckpointName(b)];
  return one.cursor.epoch - other.cursor.epoch || one.cursor.step - other.cursor.step || one.attempt - other.attempt;
}

/** Also inside the data file, so that the file alone is enough to go on from. */
export const CheckpointDescription = z.strictObject({
  format: z.literal(1),
  jobId: JobId,
  name: CheckpointName,
  attempt: z.int().min(0),
  spec: TrainSpec,
  run: RunState,
  isBest: z.boolean(),
  parametersSha256: z.string().describe('Of the parameters alone, without optimizer state (sha256OfTensors).'),
  engine: z.enum(ENGINE_NAMES),
  device: z.enum(['cpu', 'gpu']),
  versions: z.strictObject({ trainyard: z.string(), node: z.string() }),
  createdAt: z.iso.datetime(),
});
export type CheckpointDescription = z.infer<typeof CheckpointDescription>;

export const Manifest = CheckpointDescription.extend({
  sha256: z.string().describe('Of the whole data file.'),
  bytes: z.int().min(0).describe('Length of the data file.'),
});
export type Manifest = z.infer<typeof Manifest>;
