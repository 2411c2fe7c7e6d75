import { expect, test } from 'vitest';
import { nextOrder, orderedPlaces, orderOf } from './order.ts';

test('figures are ordered as figures, and what is missing comes last either way', () => {
  const rates = [0.1, 0.02, null, 0.5, 0.02];
  expect(orderedPlaces(rates, false)).toEqual([1, 4, 0, 3, 2]);
  expect(orderedPlaces(rates, true)).toEqual([3, 0, 1, 4, 2]);
});

test('words and figures in one row (trainSize: all, 2000) have an order too', () => {
  expect(orderedPlaces(['all', 2000, 'all'], false)).toEqual([1, 0, 2]);
});

test('a row is chosen again for the other way round, and once more for none', () => {
  const first = nextOrder(null, 'seed');
  const second = nextOrder(orderOf(first), 'seed');
  expect([first, second, nextOrder(orderOf(second), 'seed')]).toEqual(['seed', '-seed', null]);
  expect(nextOrder(orderOf('seed'), 'epochs')).toBe('epochs');
});
