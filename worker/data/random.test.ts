import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Purpose, randomStream, shuffle } from './random.ts';

const draw = (seed: number, purpose: Purpose, epoch: number) => {
  const stream = randomStream(seed, purpose, epoch);
  return Array.from({ length: 6 }, () => stream.below(60_000));
};

describe('a random stream', () => {
  // Another generator, or another way to seed it, changes every result: these numbers must never change. They agree
  // with xoroshiro128+ and Lemire's method written anew in Python.
  it('gives the numbers it always gave', () => {
    expect(draw(0, 'split', 0)).toEqual([17_771, 8206, 21_569, 23_391, 21_541, 56_618]);
    const stream = randomStream(0, 'init', 0);
    expect(Array.from({ length: 3 }, () => stream.uniform() * 2 ** 24)).toEqual([882_137, 10_817_716, 4_464_657]);
    const order = Uint32Array.from({ length: 55_000 }, (_, i) => i);
    shuffle(order, randomStream(0, 'order', 1));
    expect(createHash('sha256').update(new Uint8Array(order.buffer)).digest('hex')).toBe(
      '576e751c398e30effadf4748eac0db86bea8b806523fe5a7d247b94b25f84af1',
    );
  });

  it('draws again where a value would favour some integers', () => {
    const stream = randomStream(0, 'split', 0);
    let sum = 0;
    // of 20,000 draws about 5 are rejected with this bound
    for (let i = 0; i < 20_000; i++) sum += stream.below(1_148_387);
    expect(sum).toBe(11_534_394_788);
  });

  it('is another one for every seed, purpose and epoch', () => {
    const streams = [0, 1, 0xffffffff].flatMap((seed) =>
      (['split', 'order', 'init'] as const).flatMap((purpose) =>
        [0, 1, 2].map((epoch) => draw(seed, purpose, epoch).join()),
      ),
    );
    expect(new Set(streams).size).toBe(27);
  });

  it('favours no integer', () => {
    const stream = randomStream(3, 'order', 1);
    for (const bound of [1, 2, 7, 100]) {
      const counts = new Array<number>(bound).fill(0);
      const draws = 10_000 * bound;
      for (let i = 0; i < draws; i++) {
        const value = stream.below(bound);
        counts[value] = (counts[value] ?? 0) + 1;
      }
      expect(counts).toHaveLength(bound);
      // 10,000 expected each; 5 standard deviations
      for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    }
  });

  it.each([0, -1, 1.5, 2 ** 21 + 1, Number.NaN])('refuses the bound %d', (bound) => {
    expect(() => randomStream(0, 'order', 1).below(bound)).toThrow(RangeError);
  });

  it('gives uniform numbers exact in float32, from 0 to below 1, of mean ½ and variance 1/12', () => {
    const stream = randomStream(0, 'init', 0);
    const values = Array.from({ length: 100_000 }, () => stream.uniform());
    expect(values.every((value) => value >= 0 && value < 1 && Math.fround(value) === value)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });
});

it('shuffle gives every order equally often', () => {
  const stream = randomStream(1, 'order', 1);
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const values = Uint32Array.of(0, 1, 2, 3);
    shuffle(values, stream);
    counts.set(values.join(), (counts.get(values.join()) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(160);
});
