import { expect, test } from 'vitest';
import {
  formatAccuracy,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatEstimate,
  formatFieldName,
  formatLoss,
  formatMilliseconds,
  formatPercent,
  formatSpeed,
  NONE,
  ordinal,
  plural,
} from './format.ts';

test('losses have four digits, accuracies are percentages, speeds have thousands', () => {
  expect(formatLoss(0.95712)).toBe('0.9571');
  expect(formatLoss(123_456)).toBe('1.23e+5');
  expect(formatAccuracy(0.9349)).toBe('93.49%');
  expect(formatSpeed(18_600.4)).toBe('18,600');
  expect(formatCount(55_000)).toBe('55,000');
  const none = [
    formatLoss(null),
    formatAccuracy(undefined),
    formatSpeed(null),
    formatCount(null),
    formatDuration(null),
  ];
  expect(new Set(none)).toEqual(new Set([NONE]));
});

test('durations and ages use the two units that matter', () => {
  expect([0, 59.4, 185, 7620, 277_200].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '3 min 05 s',
    '2 h 07 min',
    '3 d 5 h',
  ]);
  expect([0, 12, 250, 7300, 200_000, -240].map(formatAge)).toEqual([
    'just now',
    '12 s ago',
    '4 min ago',
    '2 h ago',
    '2 d ago',
    'in 4 min',
  ]);
});

test('estimates use one unit', () => {
  const seconds = [0.2, 4, 59.4, 64, 150, 3580, 9000, 259_200];
  expect(seconds.map(formatEstimate)).toEqual(['1 s', '4 s', '59 s', '1 min', '3 min', '1 h', '2.5 h', '3 d']);
});

test('sizes are in powers of ten', () => {
  expect([812, 1234, 484_000, 3_100_000].map(formatBytes)).toEqual(['812 B', '1.2 kB', '484 kB', '3.1 MB']);
});

test('shares have one digit, and waiting times as many as can be trusted', () => {
  expect([0.98249, 0.0004, 1].map(formatPercent)).toEqual(['98.2%', '0.0%', '100.0%']);
  expect([6.24, 47.6].map(formatMilliseconds)).toEqual(['6.2 ms', '48 ms']);
});

test('what is counted and what is named reads as English', () => {
  expect([plural(0, 'epoch'), plural(1, 'epoch'), plural(1000, 'epoch')]).toEqual([
    '0 epochs',
    '1 epoch',
    '1,000 epochs',
  ]);
  expect(['seed', 'learningRate', 'sha256'].map(formatFieldName)).toEqual(['Seed', 'Learning rate', 'Sha256']);
});

test('places are counted in English', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 112, 1022].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '112th',
    '1,022nd',
  ]);
});
