/**
 * Curves over epochs or steps. Drawn by uPlot, updated in place; its size is fixed before it comes, so nothing jumps.
 * With the focus on it the arrow keys move the cursor, and the values there are read out.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format.ts';
import { theme } from '../theme.ts';
import type { Plot } from './uplot-chart.ts';

export interface ChartSeries {
  label: string;
  /** A custom property: `--training`, `--series-3`. */
  color: string;
  /** As long as `x`; null where there is nothing. */
  values: readonly (number | null)[];
  /** Lengths of dash and gap, so that a curve is not told by its colour alone. */
  dash?: readonly number[];
  /** Rings around single points instead of a curve. */
  isMark?: boolean;
}

export interface ChartProps {
  /** What it shows: "Loss by epoch". */
  label: string;
  /** Rising. */
  x: readonly number[];
  series: readonly ChartSeries[];
  /** Of one `x`: "Epoch". */
  xLabel: string;
  formatY(value: number): string;
  /** In pixels. */
  height?: number;
  /** Fixed from the start, so that the axis does not move while a job runs. */
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
  /** Charts of one key share their cursor. */
  syncKey?: string;
}

export function LineChart(props: ChartProps) {
  const { label, x, series, xLabel, formatY, height = 240, xRange, yRange, syncKey } = props;
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [spoken, setSpoken] = useState('');
  const latest = useRef(props);
  latest.current = props;

  const structure = JSON.stringify([
    series.map(({ label: name, color, dash, isMark }) => [name, color, dash, isMark]),
    height,
    xRange,
    yRange,
    theme.value,
  ]);
  // Built anew when the structure changes, and then alone.
  useEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    let isGone = false;
    const resized = new ResizeObserver(() => plot.current?.setWidth(target.clientWidth));
    import('./uplot-chart.ts').then(({ createPlot }) => {
      if (isGone) return;
      const { x: points, series: curves } = latest.current;
      const format = (value: number) => latest.current.formatY(value);
      const ranges = { ...(xRange ? { xRange } : {}), ...(yRange ? { yRange } : {}), ...(syncKey ? { syncKey } : {}) };
      const width = target.clientWidth;
      plot.current = createPlot(target, { series: curves, height, width, formatY: format, onCursor: setAt, ...ranges });
      plot.current.setData(points, curves);
      resized.observe(target);
    });
    return () => {
      isGone = true;
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [structure]);

  useEffect(() => plot.current?.setData(x, series), [x, series]);

  const last = x.length - 1;
  const shown = at === null || at > last ? last : at;
  const valueAt = (values: readonly (number | null)[], index: number) => {
    const value = values[index];
    return value === null || value === undefined ? '–' : formatY(value);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: shown - 1, ArrowRight: shown + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, to));
    plot.current?.setCursor(index);
    const values = series.map((curve) => `${curve.label} ${valueAt(curve.values, index)}`).join(', ');
    setSpoken(`${xLabel} ${x[index]}: ${values}`);
  };

  return (
    <figure class="chart">
      <ul class="chart-legend plain" aria-label={`${label}: curves`}>
        {series.map(({ label: name, color, dash, isMark, values }) => (
          <li key={name}>
            <svg aria-hidden="true" width="18" height="12" fill="none">
              <path
                d={isMark ? 'M9 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z' : 'M1 6h16'}
                style={{ stroke: `var(${color})` }}
                stroke-width="2.5"
                stroke-dasharray={dash?.join(' ')}
              />
            </svg>
            {name} <b>{valueAt(values, isMark ? values.findLastIndex((value) => value !== null) : shown)}</b>
          </li>
        ))}
        {last >= 0 && (
          <li class="faint">
            {xLabel} {formatCount(x[shown] ?? 0)}
          </li>
        )}
      </ul>
      <div
        ref={element}
        class="chart-plot"
        style={{ height: `${height}px` }}
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read out the values
        tabIndex={0}
        aria-label={`${label}. ${formatCount(last + 1)} points; arrow keys move along them.`}
        onKeyDown={onKeyDown}
      >
        {last < 0 && <div class="chart-empty">No values yet</div>}
      </div>
      <div class="visually-hidden" aria-live="polite">
        {spoken}
      </div>
    </figure>
  );
}
