/** The jobs' curves over each other: which figure, over what, and on which scale. */
import { useMemo } from 'preact/hooks';
import { Card } from '../../components/card.tsx';
import { Checkbox } from '../../components/field.tsx';
import { LineChart } from '../../components/line-chart.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { formatAccuracy, formatLoss } from '../../format.ts';
import { query, setQuery } from '../../router.ts';
import { AXES, type Axis, align, isLoss, METRICS, type Metric } from './series.ts';
import type { ShownJob } from './shown-job.ts';

const HEIGHT_PX = 280;

export function Curves({ jobs }: { jobs: readonly ShownJob[] }) {
  const metric = oneOf(METRICS, query.value.get('metric')) ?? 'validationLoss';
  const axis = oneOf(AXES, query.value.get('x')) ?? 'epoch';
  const isLog = query.value.get('scale') === 'log' && isLoss(metric);
  return (
    <Card title="Curves" actions={<Switches axis={axis} isLog={isLog} canBeLog={isLoss(metric)} />} flush>
      <Tabs
        label="Figure"
        tabs={METRICS}
        selected={metric}
        onSelect={(name) => setQuery({ metric: name === 'validationLoss' ? null : name })}
      >
        <div class="compare-chart">
          <Chart jobs={jobs} metric={metric} axis={axis} isLog={isLog} />
        </div>
      </Tabs>
    </Card>
  );
}

function Chart({
  jobs,
  metric,
  axis,
  isLog,
}: {
  jobs: readonly ShownJob[];
  metric: Metric;
  axis: Axis;
  isLog: boolean;
}) {
  const { x, series } = useMemo(() => {
    const { x: places, values } = align(
      jobs.map(({ epochs }) => epochs),
      metric,
      axis,
    );
    const curves = jobs.map(({ job, look }, i) => ({ label: job.name ?? job.id, values: values[i] ?? [], ...look }));
    return { x: places, series: curves };
  }, [jobs, metric, axis]);
  // A job of one epoch has an axis too.
  const epochs = Math.max(2, ...jobs.map(({ job }) => job.spec.epochs));
  return (
    <LineChart
      label={`${METRICS[metric]} by ${axis === 'epoch' ? 'epoch' : 'seconds of training'}`}
      x={x}
      series={series}
      xLabel={axis === 'epoch' ? 'Epoch' : 'Second'}
      formatY={isLoss(metric) ? formatLoss : formatAccuracy}
      height={HEIGHT_PX}
      yScale={isLog ? 'log' : 'linear'}
      canHighlight
      isContinuous={axis === 'seconds'}
      {...(axis === 'epoch' && { xRange: [1, epochs] as const })}
    />
  );
}

function Switches({ axis, isLog, canBeLog }: { axis: Axis; isLog: boolean; canBeLog: boolean }) {
  return (
    <>
      <Checkbox
        label="Log scale"
        checked={isLog}
        disabled={!canBeLog}
        onChange={(isOn) => setQuery({ scale: isOn ? 'log' : null })}
      />
      <select
        class="input"
        aria-label="Along the axis"
        value={axis}
        onChange={({ currentTarget }) => setQuery({ x: currentTarget.value === 'epoch' ? null : currentTarget.value })}
      >
        {Object.entries(AXES).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </>
  );
}

function oneOf<Name extends string>(names: Record<Name, string>, text: string | null): Name | null {
  return text !== null && Object.hasOwn(names, text) ? (text as Name) : null;
}
