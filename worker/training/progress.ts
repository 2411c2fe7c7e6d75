/** How a run's state moves on: with every call of the engine, and at the end of every epoch. */
import type { Plateau, RunningSums, RunState } from '../../shared/checkpoints/run-state.ts';
import type { TrainSpec } from '../../shared/jobs.ts';
import type { BestEpoch, EpochRow, Evaluation, LatestStep } from '../../shared/views.ts';
import type { StepResults } from '../engines/engine.ts';

const NO_SUMS: RunningSums = { lossSum: 0, correct: 0, images: 0, seconds: 0 };

export function newRun(): RunState {
  return {
    cursor: { epoch: 0, step: 0 },
    sums: { ...NO_SUMS },
    best: null,
    plateau: { validationLoss: null, epochs: 0 },
    optimizerSteps: 0,
    seconds: 0,
    trainedImages: 0,
    trainedSeconds: 0,
  };
}

/** The number of the epoch under way, counted from 1. */
export function currentEpoch(run: RunState): number {
  return run.cursor.epoch + 1;
}

/** Adds step by step and in float64, so that no sum depends on how many steps a call made. */
export function addSteps(run: RunState, { lossSums, correct }: StepResults, images: number, seconds: number): void {
  for (const lossSum of lossSums) run.sums.lossSum += lossSum;
  for (const count of correct) run.sums.correct += count;
  run.sums.images += images;
  run.sums.seconds += seconds;
  run.cursor.step += lossSums.length;
  run.optimizerSteps += lossSums.length;
  run.trainedImages += images;
  run.trainedSeconds += seconds;
  run.seconds += seconds;
}

/** Of the epoch so far. */
export function latestStep(run: RunState): LatestStep {
  return { epoch: currentEpoch(run), step: run.cursor.step, ...trainingMetrics(run.sums) };
}

/** Closes the epoch under way; what it returns is the epoch's row. */
export function endEpoch(
  run: RunState,
  { earlyStopping }: Pick<TrainSpec, 'earlyStopping'>,
  validation: Evaluation,
  validationSeconds: number,
): EpochRow {
  const row: EpochRow = {
    epoch: currentEpoch(run),
    ...trainingMetrics(run.sums),
    validationLoss: validation.loss,
    validationAccuracy: validation.accuracy,
    seconds: run.sums.seconds + validationSeconds,
  };
  run.seconds += validationSeconds;
  run.cursor = { epoch: row.epoch, step: 0 };
  run.plateau = plateauAfter(run.plateau, validation.loss, earlyStopping?.minDelta ?? 0);
  run.sums = { ...NO_SUMS };
  return row;
}

/** As PyTorch Lightning's EarlyStopping: an epoch counts as better only if it is so by more than `minDelta`. */
function plateauAfter({ validationLoss, epochs }: Plateau, loss: number, minDelta: number): Plateau {
  if (validationLoss === null || loss < validationLoss - minDelta) return { validationLoss: loss, epochs: 0 };
  return { validationLoss, epochs: epochs + 1 };
}

/** Whether all epochs are done, or the validation loss has not fallen for as many as the spec is patient. */
export function isOver(
  { cursor, plateau }: RunState,
  { epochs, earlyStopping }: Pick<TrainSpec, 'epochs' | 'earlyStopping'>,
): boolean {
  return (
    cursor.epoch >= epochs || (cursor.step === 0 && earlyStopping !== null && plateau.epochs >= earlyStopping.patience)
  );
}

/** The lowest validation loss is best, of equal ones the earliest. */
export function betterOf(best: BestEpoch | null, row: EpochRow): BestEpoch {
  if (best && best.validationLoss <= row.validationLoss) return best;
  return { epoch: row.epoch, validationLoss: row.validationLoss, validationAccuracy: row.validationAccuracy };
}

/** Whether the run stands right at the end of its best epoch. */
export function isAtBest(run: RunState): boolean {
  return run.cursor.step === 0 && run.best?.epoch === run.cursor.epoch;
}

export function rate(images: number, seconds: number): number {
  return seconds > 0 ? images / seconds : 0;
}

function trainingMetrics({ lossSum, correct, images, seconds }: RunningSums) {
  return { trainLoss: lossSum / images, trainAccuracy: correct / images, imagesPerSecond: rate(images, seconds) };
}
