import { expect, test } from 'vitest';
import { MODELS } from '../../shared/models/models.ts';
import { multiplyAddsOfTraining } from './arithmetic.ts';

test('LeNet-5 takes 2.264 million floating-point operations to train on one image', () => {
  const [conv1, conv2, fc1, fc2, fc3] = [28 * 28 * 6 * 25, 10 * 10 * 16 * 150, 400 * 120, 120 * 84, 84 * 10] as const;
  const count = multiplyAddsOfTraining(MODELS.lenet5);
  expect(count).toBe(2 * conv1 + 3 * (conv2 + fc1 + fc2 + fc3));
  expect((2 * count) / 1e6).toBeCloseTo(2.264, 3);
});
