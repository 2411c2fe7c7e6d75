import { describe, expect, it } from 'vitest';
import { parseIdx } from './idx.ts';

const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);
const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4);

describe('parseIdx', () => {
  it('reads labels and images', () => {
    expect(parseIdx(labels)).toEqual({ shape: [3], data: Uint8Array.of(7, 8, 9) });
    expect(parseIdx(images)).toEqual({ shape: [2, 1, 2], data: Uint8Array.of(1, 2, 3, 4) });
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'found 0 bytes, expected an IDX header'],
    ['another format', Uint8Array.of(0x1f, 0x8b, 8, 1, 0, 0, 0, 0), 'found magic 0x1f8b0801'],
    ['another type of value', Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), 'found magic 0x00000d01'],
    ['no dimensions', Uint8Array.of(0, 0, 8, 0, 1), 'found magic 0x00000800'],
    ['half a header', images.subarray(0, 15), 'found 15 bytes, expected a header of 16'],
    ['a cut file', labels.subarray(0, 10), 'found 10 bytes, expected 11 for dimensions 3'],
    ['a byte too many', Uint8Array.of(...images, 0), 'found 21 bytes, expected 20 for dimensions 2×1×2'],
  ])('refuses %s', (_, file, message) => {
    expect(() => parseIdx(file)).toThrow(message);
  });
});
