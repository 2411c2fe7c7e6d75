import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeRawSafetensors } from '../checkpoints/safetensors.ts';
import { packageFile } from '../package-root.ts';
import { resizeImages } from './resize.ts';

async function reference(name: string): Promise<Uint8Array> {
  const file = await readFile(packageFile('shared/testing/reference/preprocess.safetensors'));
  const tensor = decodeRawSafetensors(file).tensors.get(name);
  if (!tensor) throw new Error(`no ${name} in the reference file`);
  return new Uint8Array(tensor.bytes);
}

describe('bilinear', () => {
  it("gives Pillow's bytes", async () => {
    const resized = resizeImages(await reference('raw_u8'), 20, 'bilinear');
    expect(Buffer.from(resized).equals(await reference('resized_u8'))).toBe(true);
  });

  it.each([1, 2, 3, 5])('gives them for %i images, too', async (count) => {
    const resized = resizeImages((await reference('raw_u8')).subarray(0, count * 28 * 28), count, 'bilinear');
    expect(Buffer.from(resized).equals((await reference('resized_u8')).subarray(0, count * 32 * 32))).toBe(true);
  });

  it('becomes the normalised floats of the reference by (b / 255 − 0.5) / 0.5', async () => {
    const resized = resizeImages(await reference('raw_u8'), 20, 'bilinear');
    const expected = new Float32Array((await reference('normalised_f32')).buffer);
    resized.forEach((byte, i) => {
      // ToTensor and Normalize compute in float32, one operation at a time
      const scaled = Math.fround(byte / 255);
      expect(Math.fround((scaled - 0.5) / 0.5)).toBe(expected[i]);
    });
  });

  it('keeps an even grey, white included', () => {
    for (const grey of [0, 1, 128, 255]) {
      const resized = resizeImages(new Uint8Array(28 * 28).fill(grey), 1, 'bilinear');
      expect(new Set(resized)).toEqual(new Set([grey]));
    }
  });
});

describe('pad', () => {
  it('puts two pixels of 0 on each side', () => {
    const images = Uint8Array.from({ length: 2 * 28 * 28 }, (_, i) => 1 + (i % 251));
    const padded = resizeImages(images, 2, 'pad');
    for (let i = 0; i < padded.length; i++) {
      const [image, y, x] = [Math.floor(i / 1024), (Math.floor(i / 32) % 32) - 2, (i % 32) - 2];
      const inside = x >= 0 && x < 28 && y >= 0 && y < 28;
      expect(padded[i]).toBe(inside ? images[(image * 28 + y) * 28 + x] : 0);
    }
  });
});

it('refuses bytes that are not so many images', () => {
  expect(() => resizeImages(new Uint8Array(28 * 28), 2, 'pad')).toThrow(RangeError);
});
