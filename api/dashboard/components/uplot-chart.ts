/** uPlot behind an interface of ours, in a chunk of its own: pages without curves do not load it. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colorOf } from '../theme.ts';
import type { ChartProps, ChartSeries } from './line-chart.tsx';

export interface Plot {
  setData(x: readonly number[], series: readonly ChartSeries[]): void;
  setWidth(width: number): void;
  /** As if the mouse were there. */
  setCursor(index: number): void;
  destroy(): void;
}

const FONT = '11px ui-sans-serif, system-ui, sans-serif';
const AXIS_SPACE = 60;

type PlotOptions = Pick<ChartProps, 'series' | 'xRange' | 'yRange' | 'formatY' | 'syncKey'> & {
  width: number;
  height: number;
  /** null when the cursor leaves. */
  onCursor(index: number | null): void;
};

export function createPlot(element: HTMLElement, options: PlotOptions): Plot {
  const { series, height, width, xRange, yRange, formatY, syncKey, onCursor } = options;
  const axis = {
    stroke: colorOf('--ink-3'),
    font: FONT,
    grid: { stroke: colorOf('--grid'), width: 1 },
    ticks: { stroke: colorOf('--grid'), width: 1, size: 4 },
  };
  const surface = colorOf('--surface');
  const plot = new uPlot(
    {
      width,
      height,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      cursor: {
        y: false,
        points: { size: 7, fill: (_: uPlot, i: number) => colorOf(series[i - 1]?.color ?? '--ink'), stroke: surface },
        drag: { x: false, y: false },
        ...(syncKey === undefined ? {} : { sync: { key: syncKey } }),
      },
      scales: {
        x: { time: false, ...(xRange ? { range: [...xRange] as [number, number] } : {}) },
        y: yRange ? { range: [...yRange] as [number, number] } : {},
      },
      axes: [
        // Epochs and steps are whole.
        { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] },
        { ...axis, size: AXIS_SPACE, values: (_, ticks) => ticks.map(formatY) },
      ],
      series: [
        {},
        ...series.map(({ label, color, dash, isMark }) => ({
          label,
          stroke: colorOf(color),
          width: isMark ? 0 : 2,
          spanGaps: !isMark,
          ...(dash ? { dash: [...dash] } : {}),
          points: isMark
            ? { show: true, size: 11, width: 2, fill: 'transparent', stroke: colorOf(color) }
            : { size: 4, fill: colorOf(color), stroke: colorOf(color) },
        })),
      ],
      hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
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
    destroy: () => plot.destroy(),
  };
}
