/** One job, live: what it is, how it goes, its curves, attempts, checkpoints and log. */

import type { Attempt, JobView } from '../../../../shared/views.ts';
import { usePageTitle } from '../../components/app-shell.tsx';
import { Card, Facts } from '../../components/card.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Duration, RelativeTime } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { api, isNotFound } from '../../data/api.ts';
import { type LiveJob, useJob } from '../../data/job.ts';
import { useLoaded } from '../../data/loaded.ts';
import { formatBytes, formatDuration, formatLoss, formatSpeed, formatTime, NONE } from '../../format.ts';
import { Curves, Epochs } from './curves.tsx';
import { EvaluationCards } from './evaluation.tsx';
import { JobHeader } from './header.tsx';
import './job.css';

export default function JobPage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? '';
  const live = useJob(id);
  const job = live.job.value;
  usePageTitle(job?.name ?? id);
  if (live.isRemoved.value || (job === null && isNotFound(live.error.value))) {
    return (
      <EmptyState title="No such job" icon="search" heading="h1">
        <p>
          There is no job <code>{id}</code>, or it was deleted. <a href="/">All jobs</a>
        </p>
      </EmptyState>
    );
  }
  if (job === null) {
    return (
      <>
        <div class="page-head">
          <h1>{id}</h1>
        </div>
        {live.error.value === null ? (
          <Skeleton height="24rem" />
        ) : (
          <ErrorState error={live.error.value} onRetry={live.reload} />
        )}
      </>
    );
  }
  return (
    <div class="job-page">
      <JobHeader job={job} reload={live.reload} />
      <State job={job} />
      {job.kind === 'train' ? (
        <>
          <Curves epochs={live.epochs.value} total={job.spec.epochs} />
          <Epochs epochs={live.epochs.value} />
          <Checkpoints id={job.id} round={live.checkpoints.value} />
        </>
      ) : (
        <EvaluationCards job={job} />
      )}
      <Attempts attempts={job.attempts} />
      <Log live={live} />
      <Card title="Spec">
        <Facts facts={Object.fromEntries(Object.entries(job.spec).map(([name, value]) => [name, shown(value)]))} />
      </Card>
    </div>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return NONE;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function State({ job }: { job: JobView }) {
  const { progress, resolvedCheckpoint } = job;
  const speed = job.state === 'active' ? progress?.imagesPerSecond : job.result?.imagesPerSecond;
  const left = job.state === 'active' ? progress?.estimatedRemainingSeconds : null;
  return (
    <Card title="State">
      {job.error && (
        <p class="job-error">
          {job.error.message} <code>{job.error.code}</code>
        </p>
      )}
      <Facts
        facts={{
          'Images/s': formatSpeed(speed),
          'Time left': typeof left === 'number' ? formatDuration(left) : NONE,
          Attempt: job.attempt,
          Worker: job.worker ?? NONE,
          Started: <RelativeTime iso={job.startedAt} />,
          Duration: <Duration from={job.startedAt} to={job.finishedAt} />,
          ...(resolvedCheckpoint && {
            Checkpoint: (
              <a href={`/jobs/${resolvedCheckpoint.jobId}`}>
                {resolvedCheckpoint.jobId} · {resolvedCheckpoint.name}
              </a>
            ),
          }),
        }}
      />
    </Card>
  );
}

const ATTEMPT_COLUMNS: Column<Attempt>[] = [
  { title: 'Attempt', cell: ({ attempt }) => attempt },
  { title: 'Worker', cell: ({ worker }) => worker },
  { title: 'Started', cell: ({ startedAt }) => formatTime(startedAt) },
  { title: 'Ended', cell: ({ endedAt }) => (endedAt === null ? NONE : formatTime(endedAt)) },
  { title: 'Outcome', cell: ({ outcome }) => outcome ?? 'running' },
  { title: 'Why', cell: ({ reason }) => reason ?? NONE },
];

function Attempts({ attempts }: { attempts: Attempt[] }) {
  return (
    <Card title="Attempts" flush>
      <Table caption="Attempts" columns={ATTEMPT_COLUMNS} rows={attempts} keyOf={({ attempt }) => attempt} />
    </Card>
  );
}

/** A plain link gives the manifest: the file is asked for by Accept. */
async function saveCheckpoint(path: string, fileName: string): Promise<void> {
  try {
    const response = await fetch(path, { headers: { accept: 'application/vnd.safetensors' } });
    if (!response.ok) throw new Error(`The API answers ${response.status}`);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = fileName;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    toast(`${fileName}: ${error instanceof Error ? error.message : String(error)}`, 'error');
  }
}

function Checkpoints({ id, round }: { id: string; round: number }) {
  const { data, error } = useLoaded((signal) => api.checkpoints(id, signal), `${id} ${round}`);
  const columns: Column<NonNullable<typeof data>['checkpoints'][number]>[] = [
    { title: 'Checkpoint', cell: ({ name }) => name },
    { title: 'Marks', cell: ({ isBest, isLast }) => [isBest && 'best', isLast && 'last'].filter(Boolean).join(', ') },
    { title: 'Val. loss', cell: ({ validationLoss }) => formatLoss(validationLoss), numeric: true },
    { title: 'Size', cell: ({ bytes }) => formatBytes(bytes), numeric: true },
    {
      title: 'Download',
      cell: ({ name, links }) => (
        <>
          <a
            href={links.self}
            onClick={(event) => {
              event.preventDefault();
              event.stopPropagation();
              saveCheckpoint(links.self, `${id}-${name}.safetensors`);
            }}
          >
            File
          </a>{' '}
          <a href={links.self} download={`${id}-${name}.json`}>
            Manifest
          </a>
        </>
      ),
    },
  ];
  return (
    <Card title="Checkpoints" flush>
      {data === null && error !== null ? (
        <ErrorState error={error} />
      ) : (
        <Table caption="Checkpoints" columns={columns} rows={data?.checkpoints ?? []} keyOf={({ name }) => name} />
      )}
    </Card>
  );
}

function Log({ live }: { live: LiveJob }) {
  return (
    <Card title="Log" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="job-log mono" aria-label="Log lines" tabIndex={0}>
        {live.log.value.length === 0 && <span class="faint">No lines yet</span>}
        {live.log.value.map(({ id, at, level, message }) => (
          <div key={id}>
            <span class="faint">{formatTime(at)}</span> {level} {message}
          </div>
        ))}
      </section>
    </Card>
  );
}
