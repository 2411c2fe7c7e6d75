/** How far a run is, for people: percentage, time left, and a line per epoch like the post's. */
import { stepsPerEpoch, type TrainSpec, trainImageCount } from '../shared/jobs.ts';
import type { EpochRow, JobProgress, LatestStep } from '../shared/views.ts';

/** @param validationSeconds of one epoch, as far as that is known */
export function progressOf(
  spec: TrainSpec,
  { epoch, step, imagesPerSecond }: LatestStep,
  validationSeconds = 0,
): JobProgress {
  const steps = stepsPerEpoch(spec);
  const done = (epoch - 1) * steps + step;
  const total = spec.epochs * steps;
  const images = trainImageCount(spec) * spec.epochs * (1 - done / total);
  const validations = spec.epochs - Math.floor(done / steps);
  return {
    percentage: Math.min(100, (100 * done) / total),
    epoch,
    step,
    imagesPerSecond,
    estimatedRemainingSeconds: imagesPerSecond > 0 ? images / imagesPerSecond + validations * validationSeconds : null,
  };
}

/** `[epoch 3/20] train loss 1.4442 acc 0.7773 | validation loss 1.3573 acc 0.8036 | 18,200 images/s` */
export function epochLine(spec: Pick<TrainSpec, 'epochs'>, row: EpochRow): string {
  const pair = (loss: number, accuracy: number) => `loss ${loss.toFixed(4)} acc ${accuracy.toFixed(4)}`;
  const speed = Math.round(row.imagesPerSecond).toLocaleString('en-US');
  return (
    `[epoch ${row.epoch}/${spec.epochs}] train ${pair(row.trainLoss, row.trainAccuracy)} | ` +
    `validation ${pair(row.validationLoss, row.validationAccuracy)} | ${speed} images/s`
  );
}
