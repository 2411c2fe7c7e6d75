import { expect, test } from 'vitest';
import { logTicks, placeMarks, valueAt } from './curve-places.ts';

test('a logarithmic axis has ticks at 1, 2 and 5; a narrow one at equal steps', () => {
  expect(logTicks(0.04, 2.4)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(logTicks(1.9, 2.35).length).toBeGreaterThan(2);
});

test('marks that would cover each other move apart and stay inside; others stay where their curve ends', () => {
  const at = (...heights: number[]) => heights.map((y) => ({ x: 100, y }));
  expect(placeMarks(at(50, 20), 12, [0, 200])).toEqual([50, 20]);
  expect(placeMarks(at(50, 52, 51), 12, [0, 200])).toEqual([50, 74, 62]);
  expect(placeMarks(at(199, 200), 12, [0, 200])).toEqual([182, 194]);
  expect(placeMarks(at(2, 0), 12, [0, 200])).toEqual([18, 6]);
  expect(placeMarks([...at(50), { x: 40, y: 51 }], 12, [0, 200])).toEqual([50, 51]);
});

test('under the cursor a curve shows its latest value, and none before it begins or after it ends', () => {
  const values = [null, 3, null, 1, null];
  expect(values.map((_, i) => valueAt(values, i))).toEqual([null, 3, 3, 1, null]);
});
