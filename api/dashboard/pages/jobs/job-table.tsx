/** The list itself: ten or ten thousand rows, of which those in view are in the document. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JobView } from '../../../../shared/views.ts';
import { KindBadge, StateBadge, Tag } from '../../components/badges.tsx';
import { Skeleton } from '../../components/states.tsx';
import { Duration, RelativeTime } from '../../components/time.tsx';
import type { JobList } from '../../data/job-list.ts';
import { formatAccuracy, formatLoss, formatSpeed } from '../../format.ts';
import { navigate } from '../../router.ts';
import { JobProgress } from './job-progress.tsx';
import { JobCheckbox } from './selection.tsx';
import { useRowWindow } from './use-window.ts';

/** As --row in jobs.css. */
const ROW_PX = 56;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 60;

export function JobTable({ list, jobs }: { list: JobList; jobs: readonly JobView[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { start, end } = useRowWindow(body, jobs.length, ROW_PX);
  const hasMore = list.hasMore.value;
  useEffect(() => {
    if (hasMore && end > jobs.length - AHEAD) list.loadMore();
  }, [hasMore, end, jobs.length, list]);
  return (
    <table class="table job-table" aria-rowcount={hasMore ? -1 : jobs.length + 1}>
      <caption class="visually-hidden">Jobs, newest first</caption>
      <Head />
      <tbody ref={body}>
        <Gap rows={start} />
        {jobs.slice(start, end).map((job, i) => (
          <Row key={job.id} job={job} index={start + i + 2} />
        ))}
        <Gap rows={jobs.length - end} />
      </tbody>
    </table>
  );
}

function Head() {
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="col-tick">
          <span class="visually-hidden">Compare</span>
        </th>
        <th scope="col" class="col-state">
          State
        </th>
        <th scope="col">Job</th>
        <th scope="col" class="col-progress">
          Progress
        </th>
        <th scope="col" class="number col-loss">
          Train loss
        </th>
        <th scope="col" class="number col-validation">
          Val. loss
        </th>
        <th scope="col" class="number col-accuracy">
          Val. accuracy
        </th>
        <th scope="col" class="number col-speed">
          Images/s
        </th>
        <th scope="col" class="number col-time">
          Submitted
        </th>
      </tr>
    </thead>
  );
}

/** One cell: spanning the columns, it would bring back those that a narrow screen leaves out. */
function Gap({ rows }: { rows: number }) {
  return rows > 0 ? (
    <tr class="gap">
      <td style={{ height: `${rows * ROW_PX}px` }} />
    </tr>
  ) : null;
}

interface RowProps {
  job: JobView;
  /** In the whole list, counted from 1 with the head. */
  index: number;
}

function Row({ job, index }: RowProps) {
  const href = `/jobs/${job.id}`;
  const { trainLoss, validationLoss, validationAccuracy } = metricsOf(job);
  const onClick = (event: MouseEvent) => {
    const isOwn = event.target instanceof Element && event.target.closest('a, button, label') !== null;
    if (!isOwn && window.getSelection()?.isCollapsed !== false) navigate(href);
  };
  return (
    // The link in it is for the keyboard; the row is a larger target for the mouse.
    <tr aria-rowindex={index} onClick={onClick}>
      <td class="col-tick">
        <JobCheckbox job={job} />
      </td>
      <td class="col-state">
        <StateBadge state={job.state} />
      </td>
      <th scope="row" class="col-job">
        <div class="job-name">
          <a href={href}>{job.name ?? job.id}</a>
          {job.cancelRequested && job.state === 'active' && <span class="faint">cancelling …</span>}
        </div>
        <div class="job-under">
          <KindBadge kind={job.kind} />
          {trainLoss !== undefined && <span class="job-loss">loss {formatLoss(trainLoss)}</span>}
          {job.name !== null && <span class="mono faint">{job.id}</span>}
          {job.tags.slice(0, 3).map((tag) => (
            <Tag key={tag} name={tag} href={`/?tag=${encodeURIComponent(tag)}`} />
          ))}
          {job.tags.length > 3 && <span class="faint">+{job.tags.length - 3}</span>}
        </div>
      </th>
      <td class="col-progress">
        <JobProgress job={job} />
      </td>
      <td class="number col-loss">{formatLoss(trainLoss)}</td>
      <td class="number col-validation">{formatLoss(validationLoss)}</td>
      <td class="number col-accuracy">{formatAccuracy(validationAccuracy)}</td>
      <td class="number col-speed">{formatSpeed(speedOf(job))}</td>
      <td class="number col-time">
        <RelativeTime iso={job.createdAt} />
        {job.startedAt !== null && (
          <div class="faint small">
            <Duration from={job.startedAt} to={job.finishedAt} />
          </div>
        )}
      </td>
    </tr>
  );
}

/** A running job's latest, an ended one's best. */
function metricsOf(job: JobView) {
  const best = job.result && 'best' in job.result ? job.result.best : null;
  return {
    trainLoss: job.latest?.trainLoss,
    validationLoss: (best ?? job.latestEpoch)?.validationLoss,
    validationAccuracy: (best ?? job.latestEpoch)?.validationAccuracy,
  };
}

function speedOf(job: JobView): number | null {
  if (job.state === 'active') return job.progress?.imagesPerSecond ?? null;
  return job.result?.imagesPerSecond ?? null;
}

export function JobTableSkeleton() {
  const [rows] = useState(() => Array.from({ length: 8 }, (_, i) => i));
  return (
    <div aria-hidden="true">
      <div class="skeleton-head" />
      {rows.map((i) => (
        <div key={i} class="skeleton-row">
          <Skeleton width="5.5rem" height="1.375rem" />
          <Skeleton width={`${9 + ((i * 5) % 7)}rem`} height="1rem" />
          <Skeleton width="9rem" height="0.5rem" />
        </div>
      ))}
    </div>
  );
}
