/** Above the list, in one line: how long the queues are, the workers and what they run. */
import type { ComponentChildren } from 'preact';
import type { WorkerView } from '../../../../shared/workers.ts';
import type { JobCounts } from '../../../client-types.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useCounts, useWorkers } from '../../data/yard.ts';
import { formatCount, plural } from '../../format.ts';
import { shownQueues } from './shown-queues.ts';

export function Yard() {
  const workers = useWorkers().value;
  const counts = useCounts().value;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="yard" aria-label="Queues and workers" tabIndex={0}>
      <ul class="plain">{workers && counts ? <Cells workers={workers} queues={counts.queues} /> : <Waiting />}</ul>
    </section>
  );
}

/** Once both are known: which queues are shown depends on the workers, and none is to jump. */
function Cells({ workers, queues }: { workers: readonly WorkerView[]; queues: JobCounts['queues'] }) {
  return (
    <>
      {shownQueues(queues, workers).map((queue) => (
        <Queue key={queue.name} queue={queue} />
      ))}
      {workers.length === 0 && (
        <Cell icon="alert" name="No worker">
          Jobs wait: <code>npm run worker</code> starts one.
        </Cell>
      )}
      {workers.map((worker) => (
        <Worker key={worker.name} worker={worker} />
      ))}
    </>
  );
}

function Waiting() {
  return (
    <Cell icon="worker" name={<Skeleton width="7rem" />}>
      <Skeleton width="10rem" height="0.75rem" />
    </Cell>
  );
}

function Cell({ icon, name, children }: { icon: IconName; name: ComponentChildren; children: ComponentChildren }) {
  return (
    <li class="yard-cell">
      <div class="yard-name">
        <Icon name={icon} />
        {name}
      </div>
      <div class="muted small">{children}</div>
    </li>
  );
}

function Queue({ queue: { name, waiting, active, delayed, paused } }: { queue: JobCounts['queues'][number] }) {
  return (
    <Cell icon="queue" name={name}>
      {formatCount(waiting)} waiting · {formatCount(active)} active
      {delayed > 0 && ` · ${formatCount(delayed)} delayed`}
      {paused && ' · paused'}
    </Cell>
  );
}

function Worker({ worker }: { worker: WorkerView }) {
  const { name, engines, device, hardware, running, slots, state, unready, dropped } = worker;
  return (
    <Cell icon="worker" name={name}>
      {engines.join(', ') || 'no engine'} on {device === 'gpu' && hardware ? hardware.name : device.toUpperCase()} ·{' '}
      {state !== 'running' && `${state} · `}
      <span title={dropped.map(({ queue, why }) => `${queue}: ${why}`).join('\n') || undefined}>
        {state === 'running' && unready !== null && `takes no jobs: ${unready} · `}
        {unready === null && dropped.map(({ queue }) => `takes none of ${queue}, as it lacks the engine · `)}
      </span>
      {running.length === 0 && `idle, ${plural(slots, 'slot')}`}
      {running.map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <a class="mono" href={`/jobs/${id}`}>
            {id}
          </a>
        </span>
      ))}
    </Cell>
  );
}
