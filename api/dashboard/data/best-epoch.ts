/** Which epoch of a train job was its best. */
import type { EpochRow, TrainJobView } from '../../../shared/views.ts';

export type BestEpoch = Pick<EpochRow, 'epoch' | 'validationLoss'>;

/** Of the checkpoint that it was tested with, where it is completed; else the first with the lowest validation loss so far. */
export function bestEpochOf({ result }: Pick<TrainJobView, 'result'>, epochs: readonly EpochRow[]): BestEpoch | null {
  if (result) return result.best;
  const finite = epochs.filter((row) => Number.isFinite(row.validationLoss));
  const lowest = Math.min(...finite.map((row) => row.validationLoss));
  return finite.find((row) => row.validationLoss === lowest) ?? null;
}
