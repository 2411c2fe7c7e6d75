import { expect, test } from 'vitest';
import { softmax } from '../../../../shared/inference/forward.ts';
import { ceilingOf, sentenceOf } from './answer.ts';

/** The rest is spread over the other digits. */
function probabilities(some: Record<number, number>): number[] {
  const given = Object.values(some);
  const rest = (1 - given.reduce((sum, value) => sum + value, 0)) / (10 - given.length);
  return Array.from({ length: 10 }, (_, digit) => some[digit] ?? rest);
}

test('an answer in words is as sure as the model', () => {
  expect(sentenceOf(probabilities({ 7: 0.982 }))).toBe('It is a 7, 98.2%');
  expect(sentenceOf(probabilities({ 8: 0.9 }))).toBe('It is an 8, 90.0%');
  expect(sentenceOf(probabilities({ 8: 0.3, 1: 0.5 }))).toBe('A 1, or an 8, 50.0%');
  expect(sentenceOf(probabilities({ 8: 0.12 }))).toBe('Not sure, perhaps an 8, 12.0%');
});

test('a full bar is the most that the head allows', () => {
  const surest = softmax(Float32Array.from({ length: 10 }, (_, digit) => (digit === 3 ? 1 : -1)));
  expect(ceilingOf('tanh')).toBeCloseTo(surest[3] as number, 6);
  expect(sentenceOf(surest)).toBe('It is a 3, 45.1%');
  expect(ceilingOf('linear')).toBe(1);
});
