/** Beside the list: the workers and what they run, and how long the queues are. */
import type { WorkerView } from '../../../../shared/workers.ts';
import { Card } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { Skeleton } from '../../components/states.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { useCounts, useWorkers } from '../../data/yard.ts';
import { formatCount } from '../../format.ts';

export function Yard() {
  const workers = useWorkers().value;
  const counts = useCounts().value;
  return (
    <aside class="yard stack" aria-label="Workers and queues">
      <Card title={workers === null ? 'Workers' : `Workers (${formatCount(workers.length)})`}>
        {workers === null && <Skeleton height="3.5rem" />}
        {workers?.length === 0 && (
          <p class="muted">
            No worker is there: jobs wait. <code>npm run worker</code> starts one.
          </p>
        )}
        <ul class="plain stack">
          {workers?.map((worker) => (
            <Worker key={worker.name} worker={worker} />
          ))}
        </ul>
      </Card>
      {counts !== null && (
        <Card title="Queues">
          <table class="queue-table">
            <caption class="visually-hidden">Jobs by queue</caption>
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col" class="number">
                  Waiting
                </th>
                <th scope="col" class="number">
                  Active
                </th>
                <th scope="col" class="number">
                  Delayed
                </th>
              </tr>
            </thead>
            <tbody>
              {counts.queues.map(({ name, waiting, active, delayed }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="number">{formatCount(waiting)}</td>
                  <td class="number">{formatCount(active)}</td>
                  <td class="number">{formatCount(delayed)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      )}
    </aside>
  );
}

function Worker({ worker }: { worker: WorkerView }) {
  const { name, engines, device, running, slots, state, startedAt } = worker;
  return (
    <li class="worker">
      <Icon name="worker" />
      <div>
        <div class="worker-name">{name}</div>
        <div class="muted small">
          {engines.join(', ') || 'no engine'} on {device.toUpperCase()} · {running.length} of {slots} slots
          {state !== 'running' && ` · ${state}`}
        </div>
        <div class="faint small">
          started <RelativeTime iso={startedAt} />
        </div>
        {running.map((id) => (
          <a key={id} class="mono small" href={`/jobs/${id}`}>
            {id}
          </a>
        ))}
        {running.length === 0 && <span class="faint small">idle</span>}
      </div>
    </li>
  );
}
