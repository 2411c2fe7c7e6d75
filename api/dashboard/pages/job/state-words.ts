/** What a job's state means, in sentences: what it does or waits for, how it ended, and what one can do about it. */
import type { ErrorCode } from '../../../../shared/errors.ts';
import type { JobView } from '../../../../shared/views.ts';
import { formatAccuracy, formatAge, formatCount, formatDuration, ordinal, plural } from '../../format.ts';

export interface StateWords {
  headline: string;
  detail: string;
  /** To be typed into a terminal. */
  command?: string;
}

/** @param now in milliseconds: "Tries again in 4 s" */
export function stateWords(job: JobView, now: number): StateWords {
  switch (job.state) {
    case 'waiting':
      return waitingWords(job);
    case 'delayed':
      return delayedWords(job, now);
    case 'active':
      return activeWords(job);
    case 'completed':
      return completedWords(job);
    case 'failed':
      return {
        headline: `Failed${after(job)}`,
        detail: job.error === null ? '' : `${sentence(job.error.message)} ${adviceOn(job.error.code)}`,
      };
    case 'cancelled':
      return {
        headline: `Cancelled${after(job)}`,
        detail: job.attempt === 0 ? 'It never started. Retry starts it.' : 'Retry goes on from its last checkpoint.',
      };
    default:
      return job.state satisfies never;
  }
}

function waitingWords({ reason, position, queue, attempt }: JobView): StateWords {
  const next = attempt === 0 ? 'It starts' : 'It goes on from its last checkpoint';
  if (reason === 'queue-paused') {
    return { headline: `${queue} is paused`, detail: `${next} some time after the queue is resumed on bull-board.` };
  }
  if (reason === 'no-worker') {
    return {
      headline: `No worker takes ${queue}`,
      detail: `${next} as soon as there is one. Start one with:`,
      command: 'npm run worker',
    };
  }
  const place = position === null ? `Waits in ${queue}` : `Waits, ${ordinal(position)} in ${queue}`;
  return { headline: place, detail: `${next} when a worker is free.` };
}

function delayedWords({ delayedUntil, reason, queue, error, failures }: JobView, now: number): StateWords {
  const seconds = delayedUntil === null ? 0 : (Date.parse(delayedUntil) - now) / 1000;
  const again = seconds < 1 ? 'Tries again now' : `Tries again ${formatAge(-seconds)}`;
  const why = error === null ? '' : `Attempt failed (${formatCount(failures)} of 3): ${error.message}`;
  const condition =
    reason === 'queue-paused'
      ? `, if ${queue} is resumed`
      : reason === 'no-worker'
        ? `, if a worker takes ${queue}`
        : '';
  return { headline: `${again}${condition}`, detail: why };
}

function activeWords(job: JobView): StateWords {
  const on = `Attempt ${formatCount(job.attempt)} on ${job.worker ?? 'a worker'}`;
  if (job.cancelRequested) return { headline: 'Cancelling: stops at its next step', detail: `${on}.` };
  if (job.progress === null) return { headline: 'Starting', detail: `${on}.` };
  const headline =
    job.kind === 'train'
      ? `Trains epoch ${formatCount(job.progress.epoch)} of ${formatCount(job.spec.epochs)}`
      : `Evaluates the ${job.spec.split} images`;
  return { headline, detail: `${on}.` };
}

function completedWords(job: JobView): StateWords {
  if (job.result === null) return { headline: 'Completed', detail: '' };
  if (job.kind === 'eval') {
    const { images, split, misclassified, accuracy } = job.result;
    return {
      headline: `${formatAccuracy(accuracy)} of ${formatCount(images)} ${split} images are right`,
      detail: `${formatCount(misclassified)} are misclassified.`,
    };
  }
  const { test, best, epochs, stoppedEarly, seconds } = job.result;
  const ran = stoppedEarly
    ? `Stopped early after ${formatCount(epochs)} of ${formatCount(job.spec.epochs)} epochs: the validation loss no longer fell. `
    : `${plural(epochs, 'epoch')} in ${formatDuration(seconds)}. `;
  return {
    headline: `Test accuracy ${formatAccuracy(test.accuracy)}`,
    detail: `${ran}Best: epoch ${formatCount(best.epoch)}, validation accuracy ${formatAccuracy(best.validationAccuracy)}.`,
  };
}

function after({ kind, progress }: JobView): string {
  return kind === 'train' && progress !== null ? ` in epoch ${formatCount(progress.epoch)}` : '';
}

const GO_ON = 'Retry goes on from its last checkpoint.';
const ADVICE: Partial<Record<ErrorCode, string>> = {
  'loss-not-finite': 'Every attempt would meet the same: submit a variant with a lower learning rate.',
  'max-seconds-passed': `${GO_ON} Its time limit counts anew; a variant can have a longer one.`,
  'trainer-died': `${GO_ON} If it happens again, the log of the worker says more.`,
  'trainer-hung': `${GO_ON} If it happens again, the log of the worker says more.`,
  'out-of-memory': `${GO_ON} If it happens again, submit a variant with smaller batches, or give workers more memory.`,
  'worker-lost': `Ten workers were lost with it: see the attempts for which. ${GO_ON}`,
  'dataset-unavailable': `Put the dataset where the workers find it. ${GO_ON}`,
  'store-unavailable': `The checkpoint store could not be reached. ${GO_ON}`,
  'checkpoint-not-found': 'The checkpoint that it refers to is gone: choose another one in a new job.',
  'checkpoint-damaged': 'The checkpoint that it refers to is damaged: choose another one in a new job.',
};

export function adviceOn(code: ErrorCode): string {
  return ADVICE[code] ?? `${GO_ON} The log says more.`;
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
