/** What would become of the job, in one line. */
import type { DryRun } from '../../../client-types.ts';
import { formatEstimate } from '../../format.ts';

type Foreseen = Pick<DryRun, 'queue' | 'position' | 'reason' | 'startsInSeconds' | 'endsInSeconds'>;

export function sentenceOf({ queue, position, reason, startsInSeconds, endsInSeconds }: Foreseen): string {
  const place = `Goes to ${queue} at position ${position}`;
  if (reason === 'queue-paused') return `${place}, and waits: this queue is paused on bull-board.`;
  if (reason === 'no-worker') return `${place}, and waits: no worker serves this queue now.`;
  if (startsInSeconds === null) return `${place}. When it starts is not known yet.`;
  const start = startsInSeconds < 1 ? 'starts at once' : `starts in ${formatEstimate(startsInSeconds)}`;
  if (endsInSeconds === null) return `${place}, ${start}. How long it takes is not known yet.`;
  return `${place}, ${start}, ends in about ${formatEstimate(endsInSeconds)}.`;
}

/** @param labels of the fields at fault */
export function faultSentence(labels: readonly string[]): string {
  return labels.length === 0 ? 'It cannot be submitted like this.' : `To be looked at: ${labels.join(', ')}.`;
}
