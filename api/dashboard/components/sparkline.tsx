/** A curve without axes, as high as a line of text. */
interface SparklineProps {
  values: readonly number[];
  /** What it shows, for screen readers. */
  label: string;
  width?: number;
  height?: number;
}

export function Sparkline({ values, label, width = 72, height = 20 }: SparklineProps) {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const points = finite
    .map((value, i) => {
      const x = 1 + (i / Math.max(1, finite.length - 1)) * (width - 2);
      return `${x.toFixed(1)},${(height - 2 - ((value - low) / span) * (height - 4)).toFixed(1)}`;
    })
    .join(' ');
  return (
    <svg class="sparkline" role="img" aria-label={label} width={width} height={height}>
      {finite.length > 1 && <polyline points={points} />}
    </svg>
  );
}
