import { describe, expect, it } from 'vitest';
import { epochOrder, splitIndices } from './split.ts';

const spec = { dataset: 'mnist', validationSize: 5000, trainSize: 'all', seed: 0 } as const;
const sorted = (...parts: Uint32Array[]) => parts.flatMap((part) => [...part]).sort((a, b) => a - b);
const everyImage = Array.from({ length: 60_000 }, (_, i) => i);

describe('the split', () => {
  it('takes every image once', () => {
    const { train, validation } = splitIndices(spec);
    expect([train.length, validation.length]).toEqual([55_000, 5000]);
    expect(sorted(train, validation)).toEqual(everyImage);
  });

  it('is random: validation comes from all over the training set', () => {
    const { validation } = splitIndices(spec);
    const tenths = new Array<number>(10).fill(0);
    for (const index of validation) tenths[Math.floor(index / 6000)] = (tenths[Math.floor(index / 6000)] ?? 0) + 1;
    // 500 expected each; 5 standard deviations
    for (const count of tenths) expect(Math.abs(count - 500)).toBeLessThan(106);
  });

  it('of a smaller trainSize is its first images, with the same validation', () => {
    const whole = splitIndices(spec);
    const part = splitIndices({ ...spec, trainSize: 640 });
    expect(part.train).toEqual(whole.train.slice(0, 640));
    expect(part.validation).toEqual(whole.validation);
  });

  it('leaves one image to train on, at the least', () => {
    const { train, validation } = splitIndices({ ...spec, validationSize: 59_999 });
    expect(sorted(train, validation)).toEqual(everyImage);
    expect(train).toHaveLength(1);
  });

  it('is another one for another seed', () => {
    expect(splitIndices({ ...spec, seed: 1 }).validation).not.toEqual(splitIndices(spec).validation);
    expect(splitIndices(spec)).toEqual(splitIndices(spec));
  });
});

describe('the order of an epoch', () => {
  const { train } = splitIndices(spec);

  it('takes every image of the split once', () => {
    const before = train.slice();
    expect(sorted(epochOrder(train, 0, 1))).toEqual(sorted(train));
    expect(train).toEqual(before);
  });

  it('is another one for every epoch and seed, and the same when asked again', () => {
    const orders = [epochOrder(train, 0, 1), epochOrder(train, 0, 2), epochOrder(train, 1, 1)];
    expect(new Set(orders.map((order) => order.subarray(0, 20).join())).size).toBe(3);
    expect(epochOrder(train, 0, 2)).toEqual(orders[1]);
  });
});
