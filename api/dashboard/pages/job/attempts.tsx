/** Every attempt on one time axis: who worked on the job when, how that ended and why, and the gaps between. */

import type { JobView } from '../../../../shared/views.ts';
import { Card } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { now } from '../../components/time.tsx';
import { formatClock, formatCount, formatDuration, formatTime, NONE } from '../../format.ts';
import { GAPS, layOut, OUTCOMES, type Timeline, type TimelineRow } from './timeline.ts';
import { useFollow } from './use-follow.ts';

const percent = (share: number) => `${share.toFixed(3)}%`;

export function Attempts({ job }: { job: JobView }) {
  const isOver = job.finishedAt !== null;
  const timeline = layOut(job, isOver ? 0 : now.value);
  const { ref, onScroll } = useFollow<HTMLElement>();
  return (
    <Card title={job.attempts.length > 1 ? `Attempts (${formatCount(job.attempts.length)})` : 'Attempts'} flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={ref} onScroll={onScroll} class="job-attempts" aria-label="Timeline of attempts" tabIndex={0}>
        <table>
          <caption class="visually-hidden">Attempts: worker, times, outcome and why</caption>
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col">
                <span class="visually-hidden">Time</span>
                <Axis timeline={timeline} />
              </th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {timeline.rows.map((row) => (
              <Row key={row.attempt?.attempt ?? 'next'} row={row} ticks={timeline.ticks} />
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}

function Axis({ timeline: { ticks } }: { timeline: Timeline }) {
  return (
    <div class="job-ticks" aria-hidden="true">
      {ticks.map(({ at, seconds }) => (
        <span key={seconds} style={{ left: percent(at) }} data-last={at > 88}>
          {seconds === 0 ? '0' : formatDuration(seconds).replace(/ 00 (s|min)$/, '')}
        </span>
      ))}
    </div>
  );
}

function Row({ row, ticks }: { row: TimelineRow; ticks: Timeline['ticks'] }) {
  return (
    <tr>
      <th scope="row">{row.attempt === null ? <Next row={row} /> : <Who attempt={row.attempt} />}</th>
      <td>
        <div class="job-lane" aria-hidden="true">
          {ticks.map(({ at, seconds }) => (
            <i key={seconds} style={{ left: percent(at) }} />
          ))}
          {row.gap && (
            <span
              class="job-gap"
              data-gap={row.gap.kind}
              style={{ left: percent(row.gap.start), width: percent(row.gap.width) }}
            />
          )}
          {row.bar && (
            <span
              class="job-bar"
              data-outcome={row.attempt?.outcome ?? 'running'}
              style={{ left: percent(row.bar.start), width: percent(row.bar.width) }}
            />
          )}
        </div>
        <Times row={row} />
      </td>
      <td>{row.attempt && <How attempt={row.attempt} />}</td>
    </tr>
  );
}

type Shown = NonNullable<TimelineRow['attempt']>;

function Who({ attempt: { attempt, worker } }: { attempt: Shown }) {
  return (
    <>
      <span class="faint">{formatCount(attempt)}</span> <span class="job-worker">{worker}</span>
    </>
  );
}

function Next({ row }: { row: TimelineRow }) {
  return <span class="faint">{row.gap?.kind === 'back-off' ? 'Backs off' : 'Waits'}</span>;
}

function Times({ row: { attempt, gap } }: { row: TimelineRow }) {
  return (
    <div class="job-times">
      {attempt && (
        <>
          <time dateTime={attempt.startedAt} title={formatTime(attempt.startedAt)}>
            {formatClock(attempt.startedAt)}
          </time>
          {' – '}
          {attempt.endedAt === null ? (
            'now'
          ) : (
            <time dateTime={attempt.endedAt} title={formatTime(attempt.endedAt)}>
              {formatClock(attempt.endedAt)}
            </time>
          )}
        </>
      )}
      {gap && (
        <span class="faint">
          {attempt === null
            ? `${formatDuration(gap.seconds)} so far`
            : `, ${GAPS[gap.kind]} ${formatDuration(gap.seconds)} before`}
        </span>
      )}
    </div>
  );
}

function How({ attempt: { outcome, reason } }: { attempt: Shown }) {
  const { word, icon } = OUTCOMES[outcome ?? 'running'];
  return (
    <>
      <span class="job-outcome" data-outcome={outcome ?? 'running'}>
        <Icon name={icon} size={14} />
        {word}
      </span>
      <div class="job-why">{outcome === null || outcome === 'completed' ? '' : (reason ?? NONE)}</div>
    </>
  );
}
