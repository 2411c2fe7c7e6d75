/** How far a job of the list is, or why it is not: one fixed height for every state. */
import type { JobView } from '../../../../shared/views.ts';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { formatAccuracy, formatCount, formatDuration, ordinal } from '../../format.ts';

export function JobProgress({ job }: { job: JobView }) {
  switch (job.state) {
    case 'waiting':
      return <Waiting job={job} />;
    case 'delayed':
      return (
        <span class="muted">
          Tries again <RelativeTime iso={job.delayedUntil} />
        </span>
      );
    case 'failed':
      return (
        <span class="error-text" title={job.error?.message}>
          {job.error?.message ?? 'failed'}
        </span>
      );
    case 'completed':
      return <Completed job={job} />;
    case 'active':
    case 'cancelled':
      return <Bar job={job} />;
    default:
      return job.state satisfies never;
  }
}

function Waiting({ job }: { job: JobView }) {
  if (job.reason === 'queue-paused') return <span class="warn-text">{job.queue} is paused</span>;
  if (job.reason === 'no-worker') return <span class="warn-text">No worker serves {job.queue}</span>;
  if (job.position === null) return <span class="muted">In {job.queue}</span>;
  return (
    <span class="muted">
      {ordinal(job.position)} in {job.queue}
    </span>
  );
}

function Completed({ job }: { job: JobView }) {
  if (job.kind === 'eval') return <span class="muted">Evaluated, accuracy {formatAccuracy(job.result?.accuracy)}</span>;
  const epochs = job.result?.epochs ?? job.spec.epochs;
  return (
    <span class="muted">
      {formatCount(epochs)} {epochs === 1 ? 'epoch' : 'epochs'}, test accuracy{' '}
      {formatAccuracy(job.result?.test.accuracy)}
    </span>
  );
}

function Bar({ job }: { job: JobView }) {
  if (job.progress === null)
    return <span class="muted">{job.state === 'active' ? 'Starting …' : 'Never started'}</span>;
  const { percentage, epoch, estimatedRemainingSeconds: left } = job.progress;
  const total = job.kind === 'train' ? ` of ${formatCount(job.spec.epochs)}` : '';
  const isActive = job.state === 'active';
  return (
    <ProgressBar
      percentage={percentage}
      state={job.state}
      label={`Progress of ${job.name ?? job.id}`}
      start={`Epoch ${formatCount(epoch)}${total}`}
      end={isActive && left !== null ? `${formatDuration(left)} left` : `${Math.floor(percentage)} %`}
    />
  );
}
