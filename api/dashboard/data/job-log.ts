/** A job's events as lines of a log: what it said itself, and what happened to it. Steps are too many. */
import type { JobEvent } from '../../../shared/events.ts';
import { formatAccuracy, formatLoss, formatSpeed } from '../format.ts';
import type { LiveEvent } from './live.ts';

export type LogLine = Extract<JobEvent, { type: 'log' }> & { id: string };

/** null for what has no line. */
export function lineOf(event: LiveEvent & { id: string }): LogLine | null {
  if (event.type === 'removed' || event.type === 'step') return null;
  if (event.type === 'log') return event;
  const { id, at, attempt } = event;
  const level = event.type === 'state' && event.state === 'failed' ? 'error' : 'info';
  return { type: 'log', id, at, attempt, level, message: messageOf(event) };
}

function messageOf(event: Extract<JobEvent, { type: 'state' | 'epoch' | 'checkpoint' }>): string {
  switch (event.type) {
    case 'state':
      return event.reason === null ? event.state : `${event.state}: ${event.reason}`;
    case 'epoch':
      return (
        `epoch ${event.epoch}: training ${formatLoss(event.trainLoss)}, ${formatAccuracy(event.trainAccuracy)}; ` +
        `validation ${formatLoss(event.validationLoss)}, ${formatAccuracy(event.validationAccuracy)}; ` +
        `${formatSpeed(event.imagesPerSecond)} images/s`
      );
    case 'checkpoint':
      return `checkpoint ${event.checkpoint} is kept`;
    default:
      return event satisfies never;
  }
}
