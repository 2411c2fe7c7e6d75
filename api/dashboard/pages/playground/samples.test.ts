import { expect, test } from 'vitest';
import { readLabels } from '../../../../shared/data/idx-files.ts';
import { anyIndex, LABELS } from './samples.ts';

test('the labels of the test images are those of the dataset', async () => {
  const labels = await readLabels('mnist', 'test', { dataDir: 'none' });
  expect(LABELS).toBe([...labels.subarray(0, LABELS.length)].join(''));
});

test('the next test image is another one, and there is one', () => {
  for (let round = 0; round < 1000; round++) {
    const index = anyIndex(99);
    expect(index).not.toBe(99);
    expect(LABELS[index]).toMatch(/\d/);
    expect(LABELS[anyIndex(null)]).toMatch(/\d/);
  }
});
