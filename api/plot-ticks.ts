/** Where a plot's axes have their ticks: at round numbers. */
export interface Span {
  low: number;
  high: number;
}

export interface Ticks {
  /** What the axis reaches over. */
  span: Span;
  step: number;
  ticks: number[];
}

const TICKS_WANTED = 6;

/** 1, 2 or 5 times a power of ten, so that about six of them fill the length. */
function roundStep(length: number): number {
  const rough = length / TICKS_WANTED;
  const exponent = Math.floor(Math.log10(rough));
  // read, not computed: 10 * 1e29 is not 1e30, and 10 ** 29 differs from one Node version to the next
  const steps = [1, 2, 5, 10].map((factor) => Number(`${factor}e${exponent}`));
  return steps.find((step) => step >= rough) ?? Math.max(...steps);
}

function multiplesIn({ low, high }: Span, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

/** The axis begins and ends at a tick. */
export function ticksOf({ low, high }: Span): Ticks {
  // values that are all the same, or nearly, stand in the middle of a span of their own size
  const margin = high - low > 1e-6 * Math.abs(high) ? 0 : Math.abs(high) / 10 || 1;
  const step = roundStep(high - low + 2 * margin);
  const span = {
    low: Math.floor((low - margin) / step + 1e-9) * step,
    high: Math.ceil((high + margin) / step - 1e-9) * step,
  };
  return { span, step, ticks: multiplesIn(span, step) };
}

/** For things that are counted: whole numbers alone, the first of them always, and the axis ends where they end. */
export function wholeTicks({ low, high }: Span): Ticks {
  if (low === high) return { span: { low: low - 1, high: high + 1 }, step: 1, ticks: [low] };
  const step = Math.max(1, Math.ceil(roundStep(high - low)));
  const ticks = multiplesIn({ low, high }, step).filter((tick) => tick - low >= step / 2);
  return { span: { low, high }, step, ticks: [low, ...ticks] };
}

export function tickLabel(tick: number, step: number): string {
  const size = Math.max(Math.abs(tick), step);
  if (size >= 1e5 || step < 1e-4) return tick === 0 ? '0' : String(Number(tick.toPrecision(6)).toExponential());
  return tick.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
