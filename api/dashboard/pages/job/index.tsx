/** One job, live: how it stands, its curves, epochs, checkpoints, attempts, log and spec. */
import { usePageTitle } from '../../components/app-shell.tsx';
import { stateLabel } from '../../components/badges.tsx';
import { LinkButton } from '../../components/button.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { type LiveJob, useJob } from '../../data/job.ts';
import { Attempts } from './attempts.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { Curves } from './curves.tsx';
import { Epochs } from './epochs.tsx';
import { EvaluationCards, TestCard } from './evaluation.tsx';
import { HeaderSkeleton, JobHeader } from './header.tsx';
import { Log } from './log.tsx';
import { CardsSkeleton } from './skeleton.tsx';
import { Spec } from './spec.tsx';
import { State } from './state.tsx';
import './job.css';

export default function JobPage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? '';
  const live = useJob(id);
  const job = live.job.value;
  usePageTitle(job === null ? id : `${job.name ?? id}: ${stateLabel(job.state).toLowerCase()}`);
  if (live.isMissing.value) return <NoSuchJob id={id} />;
  if (job === null) {
    return (
      <div class="job-page stack">
        {live.error.value === null ? (
          <>
            <HeaderSkeleton id={id} />
            <CardsSkeleton />
          </>
        ) : (
          <>
            <h1>{id}</h1>
            <ErrorState error={live.error.value} onRetry={live.reload} />
          </>
        )}
      </div>
    );
  }
  return (
    <div class="job-page stack">
      <JobHeader job={job} live={live} />
      <State job={job} />
      <Cards live={live} />
      <Spec job={job} />
    </div>
  );
}

function Cards({ live }: { live: LiveJob }) {
  const job = live.job.value;
  if (job === null) return null;
  const isEnded = job.finishedAt !== null;
  if (job.kind === 'eval') {
    return (
      <>
        <EvaluationCards job={job} />
        <Attempts job={job} />
        <Log lines={live.log.value} isEnded={isEnded} />
      </>
    );
  }
  return (
    <>
      <Curves job={job} epochs={live.epochs.value} />
      <div class="job-pair stack">
        <Epochs epochs={live.epochs.value} isEnded={isEnded} />
        <Checkpoints id={job.id} live={live} isEnded={isEnded} />
      </div>
      <Attempts job={job} />
      <div class="job-pair stack">
        <TestCard job={job} />
        <Log lines={live.log.value} isEnded={isEnded} />
      </div>
    </>
  );
}

function NoSuchJob({ id }: { id: string }) {
  return (
    <EmptyState title="No such job" icon="search" heading="h1">
      <p>
        There is no job <code>{id}</code>, or it was deleted.
      </p>
      <div class="row">
        <LinkButton href="/">Show all jobs</LinkButton>
      </div>
    </EmptyState>
  );
}
