/** How the job stands, in a sentence and in figures. Every state fills the same room, so nothing jumps as it moves on. */
import type { ComponentChildren } from 'preact';
import type { JobView } from '../../../../shared/views.ts';
import { stateLabel } from '../../components/badges.tsx';
import { CopyButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { Skeleton } from '../../components/states.tsx';
import { Duration, now, RelativeTime } from '../../components/time.tsx';
import { formatAccuracy, formatCount, formatDuration, formatSpeed, NONE } from '../../format.ts';
import { stateWords } from './state-words.ts';

export function State({ job }: { job: JobView }) {
  return (
    <section class="card job-state" aria-label="State">
      <Announcement job={job} />
      <Sentence job={job} />
      <Progress job={job} />
      <Tiles tiles={tilesOf(job)} />
    </section>
  );
}

/** Read out when the state changes, and not with every figure. */
function Announcement({ job }: { job: JobView }) {
  const { headline } = stateWords(job, now.peek());
  const isEnded = job.finishedAt !== null;
  const text = job.state === 'active' && job.cancelRequested ? 'Cancelling' : stateLabel(job.state);
  return (
    <p class="visually-hidden" aria-live="polite">
      {isEnded ? `${text}. ${headline}` : text}
    </p>
  );
}

function Sentence({ job }: { job: JobView }) {
  const { headline, detail, command } = stateWords(job, now.value);
  return (
    // An error may be longer than its room.
    <div class="job-sentence" {...(job.error && { tabIndex: 0, role: 'group', 'aria-label': 'What happened' })}>
      <p class="job-headline" data-state={job.state}>
        <Icon name={job.state} size={18} />
        <span>{headline}</span>
      </p>
      <p class="muted">
        {detail}
        {job.error && job.state === 'failed' && (
          <>
            {' '}
            <code>{job.error.code}</code>
          </>
        )}
        {command !== undefined && (
          <span class="job-command">
            <code>{command}</code>
            <CopyButton text={command} what="command" />
          </span>
        )}
      </p>
    </div>
  );
}

function Progress({ job }: { job: JobView }) {
  const { progress, state } = job;
  const percentage = state === 'completed' ? 100 : (progress?.percentage ?? 0);
  return (
    <ProgressBar
      percentage={percentage}
      state={state}
      label="Progress"
      start={progressWords(job)}
      end={`${formatCount(Math.floor(percentage))} %`}
    />
  );
}

/** The sentence beside it says which epoch is running. */
function progressWords(job: JobView): string {
  const left = job.progress?.estimatedRemainingSeconds;
  if (job.state === 'active' && typeof left === 'number') return `${formatDuration(left)} left`;
  if (job.kind === 'eval') return 'Evaluation';
  const epoch = job.result?.epochs ?? job.progress?.epoch ?? 0;
  return `Epoch ${formatCount(epoch)} of ${formatCount(job.spec.epochs)}`;
}

type TileMap = Record<string, ComponentChildren>;

function tilesOf(job: JobView): TileMap {
  const test = job.kind === 'train' ? job.result?.test.accuracy : job.result?.accuracy;
  return {
    Worker: job.worker ?? job.attempts.at(-1)?.worker ?? NONE,
    Attempt: job.attempt === 0 ? NONE : formatCount(job.attempt),
    Started: <RelativeTime iso={job.startedAt} />,
    Duration: <Duration from={job.startedAt} to={job.finishedAt} />,
    'Images/s': formatSpeed((job.state === 'active' ? job.progress : job.result)?.imagesPerSecond),
    [job.kind === 'train' ? 'Test accuracy' : 'Accuracy']: formatAccuracy(test),
    ...(job.kind === 'train'
      ? { 'Best epoch': job.result === null ? NONE : formatCount(job.result.best.epoch) }
      : { Misclassified: job.result === null ? NONE : formatCount(job.result.misclassified) }),
    [job.kind === 'train' ? 'Parameters, SHA-256' : 'Checkpoint, SHA-256']: <Proof job={job} />,
  };
}

function Tiles({ tiles }: { tiles: TileMap }) {
  return (
    <dl class="job-tiles">
      {Object.entries(tiles).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Which parameters came out of it, or went into it: the same spec gives the same, to the bit. */
function Proof({ job }: { job: JobView }) {
  const { resolvedCheckpoint: from } = job;
  const sha256 = job.kind === 'train' ? job.result?.parametersSha256 : from?.parametersSha256;
  if (sha256 === undefined) return <>{NONE}</>;
  return (
    <span class="job-proof">
      {job.kind === 'eval' && from !== null && (
        <a href={`/jobs/${from.jobId}`}>After epoch {formatCount(from.cursor.epoch)}</a>
      )}
      <code title={sha256}>{sha256}</code>
      <CopyButton text={sha256} what="SHA-256" />
    </span>
  );
}

const TILES = ['Worker', 'Attempt', 'Started', 'Duration', 'Images/s', 'Accuracy', 'Best epoch', 'Parameters, SHA-256'];

export function StateSkeleton() {
  const value = <Skeleton width="60%" height="1.2em" />;
  return (
    <section class="card job-state" aria-label="State">
      <div class="job-sentence">
        <Skeleton width="16rem" height="1.25rem" />
      </div>
      <div class="progress">
        <Skeleton height="1.25rem" />
      </div>
      <Tiles tiles={Object.fromEntries(TILES.map((name) => [name, value]))} />
    </section>
  );
}
