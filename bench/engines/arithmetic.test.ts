import { expect, test } from 'vitest';
import { MODELS } from '../../shared/models/models.ts';
import { multiplyAddsOfEvaluation, multiplyAddsOfTraining } from './arithmetic.ts';

const [conv1, conv2, fc1, fc2, fc3] = [28 * 28 * 6 * 25, 10 * 10 * 16 * 150, 400 * 120, 120 * 84, 84 * 10] as const;

test('LeNet-5 takes 2.264 million floating-point operations to train on one image', () => {
  const count = multiplyAddsOfTraining(MODELS.lenet5);
  expect(count).toBe(2 * conv1 + 3 * (conv2 + fc1 + fc2 + fc3));
  expect((2 * count) / 1e6).toBeCloseTo(2.264, 3);
});

test('and 0.833 million to evaluate one', () => {
  const count = multiplyAddsOfEvaluation(MODELS.lenet5);
  expect(count).toBe(conv1 + conv2 + fc1 + fc2 + fc3);
  expect((2 * count) / 1e6).toBeCloseTo(0.833, 3);
});
