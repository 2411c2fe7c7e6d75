import { expect, test } from 'vitest';
import { MODELS, parameterCount } from './models.ts';

test('LeNet-5 has 61,706 parameters, in the order and shapes of its PyTorch state_dict', () => {
  expect(parameterCount(MODELS.lenet5)).toBe(61_706);
  expect(MODELS.lenet5.parameters.map(({ name, shape, fanIn }) => [name, shape, fanIn])).toEqual([
    ['conv1.weight', [6, 1, 5, 5], 25],
    ['conv1.bias', [6], 25],
    ['conv2.weight', [16, 6, 5, 5], 150],
    ['conv2.bias', [16], 150],
    ['fc1.weight', [120, 400], 400],
    ['fc1.bias', [120], 400],
    ['fc2.weight', [84, 120], 120],
    ['fc2.bias', [84], 120],
    ['fc3.weight', [10, 84], 84],
    ['fc3.bias', [10], 84],
  ]);
});
