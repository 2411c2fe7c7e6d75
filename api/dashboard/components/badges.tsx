/** Small labels: a job's state (colour, shape and word), its kind, its tags. */
import type { JobKind, JobState } from '../../../shared/jobs.ts';
import { Icon } from './icon.tsx';

const LABELS: Record<JobState, string> = {
  waiting: 'Waiting',
  delayed: 'Delayed',
  active: 'Active',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** As a choice among kinds says it. */
export const KIND_LABELS: Record<JobKind, string> = { train: 'Train', eval: 'Evaluate' };

/** In the order in which the dashboard lists them. */
export const STATES = Object.keys(LABELS) as JobState[];
export const stateLabel = (state: JobState): string => LABELS[state];

export function StateBadge({ state }: { state: JobState }) {
  return (
    <span class="badge" data-state={state}>
      <Icon name={state} size={14} />
      {LABELS[state]}
    </span>
  );
}

export function KindBadge({ kind }: { kind: JobKind }) {
  return <span class="kind">{kind}</span>;
}

/** With `href` a link, to all jobs that have the tag for example. */
export function Tag({ name, href }: { name: string; href?: string }) {
  return href === undefined ? (
    <span class="tag">{name}</span>
  ) : (
    <a class="tag" href={href}>
      {name}
    </a>
  );
}
