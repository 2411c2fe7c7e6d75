import { describe, expect, it } from 'vitest';
import { tickLabel, ticksOf, wholeTicks } from './plot-ticks.ts';

const labels = ({ ticks, step }: ReturnType<typeof ticksOf>) => ticks.map((tick) => tickLabel(tick, step)).join(' ');

describe('the ticks of losses', () => {
  it.each([
    [0.95, 2.18, '0.5 1.0 1.5 2.0 2.5'],
    [2.2, 2.266, '2.20 2.22 2.24 2.26 2.28'],
    [2.29, 2.29, '2.0 2.1 2.2 2.3 2.4 2.5 2.6'],
    [0, 0, '-1.0 -0.5 0.0 0.5 1.0'],
    [0.00012, 0.00031, '1e-4 1.5e-4 2e-4 2.5e-4 3e-4 3.5e-4'],
    [1e30, 5e30, '1e+30 2e+30 3e+30 4e+30 5e+30'],
    [0, 3e38, '0 5e+37 1e+38 1.5e+38 2e+38 2.5e+38 3e+38'],
  ])('from %d to %d are round, and reach around them', (low, high, expected) => {
    const ticks = ticksOf({ low, high });
    expect(labels(ticks)).toBe(expected);
    expect(ticks.span.low).toBeLessThanOrEqual(low);
    expect(ticks.span.high).toBeGreaterThanOrEqual(high);
  });
});

describe('the ticks of epochs', () => {
  it.each([
    [1, 1, '1'],
    [1, 2, '1 2'],
    [1, 7, '1 2 3 4 5 6 7'],
    [1, 20, '1 5 10 15 20'],
    [1, 1000, '1 200 400 600 800 1000'],
  ])('from %i to %i are whole, the first always among them', (low, high, expected) => {
    expect(labels(wholeTicks({ low, high }))).toBe(expected);
  });
});
