/** How a training job reads in a terminal. */

/** @typedef {import('../../shared/views.ts').TrainJobView} TrainJobView */
/** @typedef {import('../../shared/views.ts').EpochRow} EpochRow */

/**
 * @param {EpochRow} row
 * @param {number} epochs of the whole job
 */
export function epochLine(row, epochs) {
  return [
    `epoch ${String(row.epoch).padStart(String(epochs).length)}/${epochs}`,
    `train loss ${row.trainLoss.toFixed(4)} accuracy ${row.trainAccuracy.toFixed(4)}`,
    `validation loss ${row.validationLoss.toFixed(4)} accuracy ${row.validationAccuracy.toFixed(4)}`,
    `${whole(row.imagesPerSecond)} images/s`,
  ].join(' | ');
}

/**
 * @param {TrainJobView} job
 * @param {number} columns of the terminal: the line never wraps
 */
export function progressLine(job, columns) {
  const { state, position, reason, progress, latest, spec } = job;
  if (state === 'waiting') {
    const why = reason === 'no-worker' ? 'no worker is there to take it' : `position ${position ?? '?'} in the queue`;
    return `waiting: ${why}`.slice(0, columns - 1);
  }
  if (state === 'delayed') return `delayed until ${job.delayedUntil ?? '?'}, after a failure`.slice(0, columns - 1);
  if (progress === null) return 'starting …';
  const facts = [
    `${progress.percentage.toFixed(0).padStart(3)} %`,
    `epoch ${Math.min(latest?.epoch ?? progress.epoch, spec.epochs)}/${spec.epochs}`,
    `step ${whole(latest?.step ?? progress.step)}`,
    ...(latest ? [`loss ${latest.trainLoss.toFixed(4)}`] : []),
    `${whole(progress.imagesPerSecond)} images/s`,
    ...(progress.estimatedRemainingSeconds === null ? [] : [`${duration(progress.estimatedRemainingSeconds)} left`]),
  ].join('  ');
  const width = Math.min(30, columns - facts.length - 5);
  return (width < 5 ? facts : `[${bar(progress.percentage, width)}] ${facts}`).slice(0, columns - 1);
}

/**
 * @param {TrainJobView} job that has ended
 * @returns {string[]}
 */
export function doneLines({ id, state, result, error }) {
  if (result === null) return [`Job ${id} ${state}${error ? `: ${error.message} (${error.code})` : ''}.`];
  const { best, test, seconds, imagesPerSecond, parametersSha256 } = result;
  return [
    '',
    `Test accuracy ${(100 * test.accuracy).toFixed(2)} %, test loss ${test.loss.toFixed(4)} (checkpoint of epoch ${best.epoch}, the best by validation loss)`,
    `Trained and validated in ${duration(seconds)}, ${whole(imagesPerSecond)} images/s`,
    `Final parameters: SHA-256 ${parametersSha256}`,
  ];
}

/** @param {number} percentage @param {number} width in characters */
function bar(percentage, width) {
  const full = Math.round((width * Math.min(percentage, 100)) / 100);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** @param {number} number */
function whole(number) {
  return Math.round(number).toLocaleString('en-US');
}

/** @param {number} seconds */
function duration(seconds) {
  const rounded = Math.round(seconds);
  return rounded < 60 ? `${rounded} s` : `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
}
