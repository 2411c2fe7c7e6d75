/** How far a job is, as a bar with a text on either side above it. */
import type { ComponentChildren } from 'preact';
import type { JobState } from '../../../shared/jobs.ts';

interface ProgressBarProps {
  /** 0 … 100 */
  percentage: number;
  label: string;
  state: JobState;
  start?: ComponentChildren;
  end?: ComponentChildren;
}

export function ProgressBar({ percentage, label, state, start, end }: ProgressBarProps) {
  return (
    <div class="progress" data-state={state}>
      <div class="progress-text">
        <span>{start}</span>
        <span>{end}</span>
      </div>
      <div
        class="progress-track"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percentage)}
      >
        <div style={{ transform: `scaleX(${percentage / 100})` }} />
      </div>
    </div>
  );
}
