import { expect, test } from 'vitest';
import { comparePath, idsOf, MOST_COMPARED, toggled, withNewest } from './compared-ids.ts';

const ten = Array.from({ length: MOST_COMPARED }, (_, i) => `j${i}`);

test('the address holds the ids, each once, in their order', () => {
  expect(idsOf(new URLSearchParams('ids=j2,j1,,j2%20'))).toEqual(['j2', 'j1']);
  expect(idsOf(new URLSearchParams(''))).toEqual([]);
  expect(comparePath(['j2', 'j1'])).toBe('/compare?ids=j2,j1');
  expect(comparePath([])).toBe('/compare');
});

test('an eleventh job finds no room; one of the ten can still be taken out', () => {
  expect(toggled(['j1'], 'j2')).toEqual(['j1', 'j2']);
  expect(toggled(ten, 'j99')).toEqual(ten);
  expect(toggled(ten, 'j3')).toHaveLength(MOST_COMPARED - 1);
});

test('of a tag, the newest are added for which there is room, the oldest of them first', () => {
  const newestFirst = ['j9', 'j8', 'j7', 'j6'].map((id) => ({ id }));
  expect(withNewest(['j8'], newestFirst)).toEqual(['j8', 'j6', 'j7', 'j9']);
  expect(withNewest(['a', ...ten.slice(0, 7)], newestFirst).slice(8)).toEqual(['j8', 'j9']);
  expect(withNewest(ten, [{ id: 'j99' }])).toEqual(ten);
});
