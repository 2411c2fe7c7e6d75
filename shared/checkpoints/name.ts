/** The immutable name of a checkpoint: where its run stood, and which attempt saved it. */
import { z } from 'zod';
import type { Cursor } from '../views.ts';

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
