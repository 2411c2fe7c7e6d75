/** What the attempts have said, the end in sight as it grows. */
import type { JobEvent } from '../../../../shared/events.ts';
import { Card } from '../../components/card.tsx';
import type { LogLine } from '../../data/job-log.ts';
import { formatClock, formatTime } from '../../format.ts';
import { useFollow } from './use-follow.ts';

type Level = Extract<JobEvent, { type: 'log' }>['level'];
const LEVELS: Record<Level, string> = { info: 'info', warn: 'warning', error: 'error' };

export function Log({ lines, isEnded }: { lines: readonly LogLine[]; isEnded: boolean }) {
  const { ref, onScroll } = useFollow<HTMLElement>();
  return (
    <Card title="Log" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={ref} onScroll={onScroll} class="job-log mono" aria-label="Log lines" tabIndex={0}>
        {lines.length === 0 && <p class="faint">{isEnded ? 'No lines' : 'No lines yet'}</p>}
        {lines.map(({ id, at, level, attempt, message }) => (
          <p key={id} data-level={level}>
            <time class="faint" dateTime={at} title={formatTime(at)}>
              {formatClock(at)}
            </time>{' '}
            <span class="job-level">{LEVELS[level]}</span>{' '}
            <span>
              {attempt > 1 && <span class="faint">attempt {attempt}: </span>}
              {message}
            </span>
          </p>
        ))}
      </section>
    </Card>
  );
}
