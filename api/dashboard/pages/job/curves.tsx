/** Loss and accuracy by epoch, as curves: those of the epochs that are done, and of the running one so far. */
import { useMemo } from 'preact/hooks';
import type { EpochRow, TrainJobView } from '../../../../shared/views.ts';
import { Card } from '../../components/card.tsx';
import { LineChart } from '../../components/line-chart.tsx';
import { api } from '../../data/api.ts';
import { formatAccuracy, formatLoss } from '../../format.ts';
import { curvesOf } from './curve-data.ts';
import { save } from './save.ts';

export function Curves({ job, epochs }: { job: TrainJobView; epochs: readonly EpochRow[] }) {
  const { x, loss, accuracy } = useMemo(() => curvesOf(job, epochs), [job, epochs]);
  // A job of one epoch has an axis too.
  const common = { x, xLabel: 'Epoch', syncKey: 'job', xRange: [1, Math.max(2, job.spec.epochs)] as const };
  return (
    <div class="job-pair job-curves stack">
      <Card title="Loss" actions={<PlotLink href={job.links.lossPlot} id={job.id} />}>
        <LineChart {...common} label="Loss by epoch" series={loss} formatY={formatLoss} />
      </Card>
      <Card title="Accuracy" actions={<TableLink id={job.id} />}>
        <LineChart {...common} label="Accuracy by epoch" series={accuracy} formatY={formatAccuracy} />
      </Card>
    </div>
  );
}

function PlotLink({ href, id }: { href: string | undefined; id: string }) {
  return href === undefined ? null : (
    <a class="job-file" href={href} download={`${id}-loss.svg`}>
      SVG<span class="visually-hidden"> of the losses</span>
    </a>
  );
}

function TableLink({ id }: { id: string }) {
  return (
    <button type="button" class="job-file" onClick={() => save(`${id}-metrics.csv`, api.metricsCsv(id))}>
      CSV<span class="visually-hidden"> of losses and accuracies</span>
    </button>
  );
}
