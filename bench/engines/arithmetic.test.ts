import { expect, test } from 'vitest';
import { MODELS } from '../../shared/models/models.ts';
import { plainMultiplyAdds, winogradMultiplyAdds } from './arithmetic.ts';

const [conv1, conv2, fc1, fc2, fc3] = [28 * 28 * 6 * 25, 10 * 10 * 16 * 150, 400 * 120, 120 * 84, 84 * 10] as const;

test('LeNet-5 takes 2.264 million floating-point operations to train on one image, and 0.833 million to evaluate it', () => {
  const { training, evaluation } = plainMultiplyAdds(MODELS.lenet5);
  expect(training).toBe(2 * conv1 + 3 * (conv2 + fc1 + fc2 + fc3));
  expect((2 * training) / 1e6).toBeCloseTo(2.264, 3);
  expect(evaluation).toBe(conv1 + conv2 + fc1 + fc2 + fc3);
  expect((2 * evaluation) / 1e6).toBeCloseTo(0.833, 3);
});

test("by Winograd's F(4, 5) its convolutions take 8 products for 4 outputs and 5 taps in a row", () => {
  const { training, evaluation } = winogradMultiplyAdds(MODELS.lenet5);
  const [quads1, quads2, quadsBack] = [7, 3, 4];
  const [first, second] = [28 * 6 * quads1 * 8 * 5, 10 * 16 * quads2 * 8 * 6 * 5];
  const dense = fc1 + fc2 + fc3;
  expect(evaluation).toBe(first + second + dense);
  expect(training).toBe(2 * first + 2 * second + 10 * 16 * quadsBack * 8 * 6 * 5 + 3 * dense);
});
