/** uPlot behind an interface of ours, in a chunk of its own: pages without curves do not load it. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { wholeTicks } from '../../plot-ticks.ts';
import { colorOf } from '../theme.ts';
import { logTicks, placeMarks } from './curve-places.ts';
import type { ChartProps, ChartSeries } from './line-chart.tsx';

export interface Plot {
  setData(x: readonly number[], series: readonly ChartSeries[]): void;
  setWidth(width: number): void;
  /** As if the mouse were there. */
  setCursor(index: number): void;
  /** The others are drawn faintly; null: none is. */
  highlight(index: number | null): void;
  destroy(): void;
}

const FONT = '11px ui-sans-serif, system-ui, sans-serif';
const MARK_FONT = '600 11px ui-sans-serif, system-ui, sans-serif';
const MARK_HEIGHT = 12;
const AXIS_SPACE = 60;
/** Of an axis that is measured: seconds. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000];

type PlotOptions = Pick<ChartProps, 'series' | 'xRange' | 'yRange' | 'yScale' | 'formatY' | 'syncKey'> & {
  width: number;
  height: number;
  isContinuous: boolean;
  /** null when the cursor leaves. */
  onCursor(index: number | null): void;
};

export function createPlot(element: HTMLElement, options: PlotOptions): Plot {
  const { series, height, width, xRange, yRange, yScale, isContinuous, formatY, syncKey, onCursor } = options;
  const axis = {
    stroke: colorOf('--ink-3'),
    font: FONT,
    grid: { stroke: colorOf('--grid'), width: 1 },
    ticks: { stroke: colorOf('--grid'), width: 1, size: 4 },
  };
  const surface = colorOf('--surface');
  const isLog = yScale === 'log';
  const hasMarks = series.some(({ mark }) => mark !== undefined);
  const plot = new uPlot(
    {
      width,
      height,
      legend: { show: false },
      padding: [8, hasMarks ? 24 : 12, 0, 0],
      focus: { alpha: 0.2 },
      cursor: {
        y: false,
        points: { size: 7, fill: (_: uPlot, i: number) => colorOf(series[i - 1]?.color ?? '--ink'), stroke: surface },
        drag: { x: false, y: false },
        ...(syncKey === undefined ? {} : { sync: { key: syncKey } }),
      },
      scales: {
        x: {
          time: false,
          ...(isContinuous
            ? { range: (_: uPlot, __: number, high: number) => [0, high || 1] as [number, number] }
            : {}),
          ...(xRange ? { range: [...xRange] as [number, number] } : {}),
        },
        y: {
          ...(yRange ? { range: [...yRange] as [number, number] } : {}),
          ...(isLog ? { distr: 3 as const, range: (_: uPlot, low: number, high: number) => logSpan(low, high) } : {}),
        },
      },
      axes: [
        {
          ...axis,
          size: 28,
          ...(isContinuous
            ? { incrs: STEPS }
            : { splits: (_: uPlot, __: number, low: number, high: number) => wholeTicks({ low, high }).ticks }),
        },
        {
          ...axis,
          size: AXIS_SPACE,
          values: (_, ticks) => ticks.map(formatY),
          ...(isLog
            ? {
                splits: (_: uPlot, __: number, low: number, high: number) => logTicks(low, high),
                filter: (_: uPlot, ticks: number[]) => ticks,
              }
            : {}),
        },
      ],
      series: [
        {},
        ...series.map(({ label, color, dash, isRing }) => ({
          label,
          stroke: colorOf(color),
          width: isRing ? 0 : 2,
          spanGaps: !isRing,
          ...(dash ? { dash: [...dash] } : {}),
          points: isRing
            ? { show: true, size: 11, width: 2, fill: 'transparent', stroke: colorOf(color) }
            : { size: 4, fill: colorOf(color), stroke: colorOf(color) },
        })),
      ],
      hooks: {
        setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)],
        draw: [(drawn) => (hasMarks ? drawMarks(drawn, series) : undefined)],
      },
    },
    [[], ...series.map(() => [])],
    element,
  );
  return {
    setData(x, next) {
      plot.setData([[...x], ...next.map(({ values }) => [...values])]);
    },
    setWidth(next) {
      plot.setSize({ width: next, height });
    },
    setCursor(index) {
      const value = plot.data[0][index];
      if (value !== undefined) plot.setCursor({ left: plot.valToPos(value, 'x'), top: 0 });
    },
    highlight(index) {
      plot.setSeries(index === null ? null : index + 1, { focus: index !== null });
    },
    destroy: () => plot.destroy(),
  };
}

/** With a little room above and below; not to whole powers of ten, as uPlot has it. */
function logSpan(low: number, high: number): [number, number] {
  return Number.isFinite(low) && Number.isFinite(high) ? [low / 1.05, high * 1.05] : [0.1, 1];
}

/** Each curve's mark, right of its last point. */
function drawMarks(plot: uPlot, series: readonly ChartSeries[]): void {
  const { ctx } = plot;
  const ratio = uPlot.pxRatio;
  const ends = series.flatMap(({ mark = '', color }, i) => {
    const values = plot.data[i + 1] ?? [];
    const last = values.findLastIndex((value) => value !== null && value !== undefined);
    if (last < 0) return [];
    const x = plot.valToPos(plot.data[0][last] as number, 'x', true) / ratio + 7;
    return [
      {
        mark,
        color,
        alpha: plot.series[i + 1]?.alpha ?? 1,
        x,
        y: plot.valToPos(values[last] as number, 'y', true) / ratio,
      },
    ];
  });
  const top = plot.bbox.top / ratio;
  const places = placeMarks(ends, MARK_HEIGHT, [top, top + plot.bbox.height / ratio]);
  ctx.save();
  ctx.scale(ratio, ratio);
  ctx.font = MARK_FONT;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ends.forEach(({ mark, color, alpha, x }, i) => {
    ctx.globalAlpha = alpha;
    ctx.fillStyle = colorOf(color);
    ctx.fillText(mark, x, places[i] ?? 0);
  });
  ctx.restore();
}
