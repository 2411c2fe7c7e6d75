import { expect, test } from 'vitest';
import { comparePath, idsOf, MOST_COMPARED, toggled, withAdded } from './compared-ids.ts';

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
  expect(withAdded(['j5', 'a'], ten)).toEqual(['j5', 'a', 'j0', 'j1', 'j2', 'j3', 'j4', 'j6', 'j7', 'j8']);
});
