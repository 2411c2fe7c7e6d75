/**
 * Curves over epochs or steps. Drawn by uPlot, updated in place; its size is fixed before it comes, so nothing jumps.
 * With the focus on it the arrow keys move the cursor, and the values there are read out.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatCount, NONE } from '../format.ts';
import { theme } from '../theme.ts';
import { endOf, valueAt } from './curve-places.ts';
import type { Plot } from './uplot-chart.ts';

export interface ChartSeries {
  label: string;
  /** A custom property: `--training`, `--series-3`. */
  color: string;
  /** As long as `x`; null where there is nothing. */
  values: readonly (number | null)[];
  /** Lengths of dash and gap, so that a curve is not told by its colour alone. */
  dash?: readonly number[];
  /** A figure or letter at the curve's end and before its label, for where there are many. */
  mark?: string;
  /** Rings around single points instead of a curve. */
  isRing?: boolean;
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
  yScale?: 'linear' | 'log';
  /** `x` is measured, not counted: its axis begins at 0 and has fractions. */
  isContinuous?: boolean;
  /** The legend's entries are buttons that bring out their curve: while the mouse is over one, or until it is pressed again. */
  canHighlight?: boolean;
  /** Charts of one key share their cursor. */
  syncKey?: string;
}

export function LineChart(props: ChartProps) {
  const { label, x, series, xLabel, formatY, height = 240, xRange, yRange, yScale, syncKey } = props;
  const { canHighlight = false, isContinuous = false } = props;
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [spoken, setSpoken] = useState('');
  const [pressed, setPressed] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const highlighted = hovered ?? pressed;
  const latest = useRef(props);
  latest.current = props;

  const structure = JSON.stringify([
    series.map(({ label: name, color, dash, mark, isRing }) => [name, color, dash, mark, isRing]),
    height,
    xRange,
    yRange,
    yScale,
    isContinuous,
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
      const options = {
        series: curves,
        height,
        width: target.clientWidth,
        formatY: format,
        onCursor: setAt,
        ...ranges,
      };
      plot.current = createPlot(target, { ...options, isContinuous, ...(yScale ? { yScale } : {}) });
      plot.current.setData(points, curves);
      plot.current.highlight(highlighted);
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
  useEffect(() => plot.current?.highlight(highlighted), [highlighted]);

  const last = x.length - 1;
  const shown = at === null || at > last ? last : at;
  const textAt = (values: readonly (number | null)[], index: number) => {
    const value = valueAt(values, index);
    return value === null ? NONE : formatY(value);
  };
  // With the cursor away each curve shows its end, wherever that is.
  const textOf = ({ values, isRing }: ChartSeries) => textAt(values, at === null || isRing ? endOf(values) : shown);
  const textOfX = (value = 0) => (isContinuous ? value.toFixed(1) : formatCount(value));
  const isOneEnd = series.every(({ values, isRing }) => isRing || endOf(values) === last);

  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: shown - 1, ArrowRight: shown + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, to));
    plot.current?.setCursor(index);
    const values = series.map((curve) => `${curve.label} ${textAt(curve.values, index)}`).join(', ');
    setSpoken(`${xLabel} ${textOfX(x[index])}: ${values}`);
  };

  return (
    <figure class="chart">
      <ul class="chart-legend plain" aria-label={`${label}: curves`}>
        {series.map((curve, i) => (
          <li key={`${curve.mark ?? ''} ${curve.label}`}>
            {canHighlight ? (
              <button
                type="button"
                aria-pressed={pressed === i}
                onClick={() => setPressed(pressed === i ? null : i)}
                onMouseEnter={() => setHovered(i)}
                onMouseLeave={() => setHovered(null)}
              >
                <Entry curve={curve} value={textOf(curve)} />
              </button>
            ) : (
              <Entry curve={curve} value={textOf(curve)} />
            )}
          </li>
        ))}
        {last >= 0 && <li class="faint">{at === null && !isOneEnd ? 'Latest' : `${xLabel} ${textOfX(x[shown])}`}</li>}
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
        {last < 0 && <div class="chart-empty">No values</div>}
      </div>
      <div class="visually-hidden" aria-live="polite">
        {spoken}
      </div>
    </figure>
  );
}

function Entry({ curve, value }: { curve: ChartSeries; value: string }) {
  return (
    <>
      <CurveSample {...curve} />
      <span class="chart-label">{curve.label}</span> <b>{value}</b>
    </>
  );
}

/** A piece of the curve, to know it by. */
export function CurveSample({ color, dash, mark, isRing }: Pick<ChartSeries, 'color' | 'dash' | 'mark' | 'isRing'>) {
  return (
    <>
      {mark !== undefined && (
        <span class="chart-mark" style={{ color: `var(${color})` }}>
          {mark}
        </span>
      )}
      <svg aria-hidden="true" width="26" height="12" fill="none">
        <path
          d={isRing ? 'M13 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z' : 'M1 6h24'}
          style={{ stroke: `var(${color})` }}
          stroke-width="2.5"
          stroke-dasharray={dash?.join(' ')}
        />
      </svg>
    </>
  );
}
