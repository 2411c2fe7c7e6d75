import { deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { digitOfPng } from './digit.ts';
import { decodeGrey, UnreadablePng } from './grey-image.ts';
import { chunk, greyPng, headerChunk, makePng, type PngParts } from './testing/make-png.ts';

const two = { width: 2, height: 1 };
const palette = chunk('PLTE', Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 0, 0));
const clear = (...bytes: number[]) => chunk('tRNS', Uint8Array.from(bytes));

describe('a PNG as a grey image', () => {
  it.each<[string, PngParts, number[]]>([
    [
      'grey of 1 bit',
      {
        width: 10,
        height: 2,
        depth: 1,
        rows: [
          [0, 0b10100000, 0b01000000],
          [0, 0, 0b10000000],
        ],
      },
      [255, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0],
    ],
    ['grey of 2 bits', { width: 3, height: 1, depth: 2, rows: [[0, 0b01101100]] }, [85, 170, 255]],
    ['grey of 4 bits', { width: 3, height: 1, depth: 4, rows: [[0, 0x0f, 0x80]] }, [0, 255, 136]],
    ['grey of 8 bits', { ...two, rows: [[0, 7, 200]] }, [7, 200]],
    ['grey of 16 bits', { ...two, depth: 16, rows: [[0, 0xff, 0xff, 0x80, 0x00]] }, [255, 128]],
    ['grey with one clear value', { ...two, rows: [[0, 7, 200]], chunks: [clear(0, 200)] }, [7, 0]],
    ['grey with alpha', { ...two, colourType: 4, rows: [[0, 200, 255, 200, 51]] }, [200, 40]],
    ['colours', { ...two, colourType: 2, rows: [[0, 255, 0, 0, 0, 0, 255]] }, [76, 29]],
    [
      'colours and a palette beside them',
      { ...two, colourType: 2, rows: [[0, 255, 0, 0, 9, 9, 9]], chunks: [palette] },
      [76, 9],
    ],
    [
      'colours with one clear',
      { width: 3, height: 1, colourType: 2, rows: [[0, 9, 8, 7, 9, 9, 9, 9, 9, 8]], chunks: [clear(0, 9, 0, 9, 0, 9)] },
      [8, 0, 9],
    ],
    ['colours with alpha', { ...two, colourType: 6, rows: [[0, 255, 255, 255, 0, 255, 255, 255, 255]] }, [0, 255]],
    ['a palette', { ...two, colourType: 3, rows: [[0, 1, 2]], chunks: [palette] }, [255, 76]],
    ['a palette of 2 bits', { ...two, depth: 2, colourType: 3, rows: [[0, 0b01100000]], chunks: [palette] }, [255, 76]],
    ['a palette with alpha', { ...two, colourType: 3, rows: [[0, 1, 2]], chunks: [palette, clear(0, 0)] }, [0, 76]],
    ['unknown chunks', { ...two, rows: [[0, 1, 2]], chunks: [chunk('zTXt', Uint8Array.of(1, 2, 3))] }, [1, 2]],
  ])('is read from %s', (_, parts, expected) => {
    expect([...(decodeGrey(makePng(parts)).data as Uint8Array)]).toEqual(expected);
  });

  it('is read from an interlaced file', () => {
    const data = Uint8Array.from({ length: 11 * 9 * 3 }, (_, i) => (i * 37) % 256);
    const image = { width: 11, height: 9, channels: 3, data };
    expect(decodeGrey(encode(image, { interlace: 'Adam7' }))).toEqual(decodeGrey(encode(image)));
  });
});

describe('a PNG is refused', () => {
  const good = greyPng(4, 4, new Uint8Array(16));
  const bomb = chunk('IDAT', deflateSync(new Uint8Array(100_000_000)));
  const signature = good.subarray(0, 8);
  const end = chunk('IEND', new Uint8Array());
  const changed = Buffer.from(good);
  changed[45] = (changed[45] ?? 0) ^ 1;

  it.each<[string, Uint8Array, string]>([
    ['that is none', Buffer.from('GIF89a, and more'), 'this is not a PNG'],
    ['of no bytes', Buffer.alloc(0), 'this is not a PNG'],
    ['cut short', good.subarray(0, -13), 'it ends too early'],
    ['with a changed byte', changed, 'the PNG is damaged'],
    ['with too few rows', makePng({ width: 2, height: 3, rows: [[0, 1, 2]] }), 'its pixels end too early'],
    [
      'with too many',
      makePng({
        width: 2,
        height: 1,
        rows: [
          [0, 1, 2],
          [0, 1, 2],
        ],
      }),
      'it holds more than its size says',
    ],
    ['with an unknown filter', makePng({ width: 2, height: 1, rows: [[9, 1, 2]] }), 'the PNG is damaged'],
    ['that is too wide', makePng({ width: 2049, height: 1, rows: [] }), 'of 2049×1 pixels; allowed: 1×1 to 2048×2048'],
    ['that is too high', makePng({ width: 1, height: 4e9, rows: [] }), 'of 1×4000000000 pixels'],
    ['of no size', makePng({ width: 0, height: 5, rows: [] }), 'of 0×5 pixels'],
    ['of unknown colours', makePng({ ...two, colourType: 5, rows: [[0, 1, 2]] }), 'the PNG is damaged'],
    ['of fine interlacing', makePng({ ...two, depth: 1, interlaced: true, rows: [] }), 'save it without interlacing'],
    ['without a palette that it needs', makePng({ ...two, colourType: 3, rows: [[0, 1, 2]] }), 'the PNG is damaged'],
    [
      'with a colour out of its palette',
      makePng({ ...two, colourType: 3, rows: [[0, 1, 9]], chunks: [palette] }),
      'the PNG is damaged',
    ],
    [
      'with two headers',
      makePng({ ...two, rows: [[0, 1, 2]], chunks: [headerChunk({ width: 40_000 })] }),
      'its one header',
    ],
    ['without pixels', Buffer.concat([signature, headerChunk({}), end]), 'the PNG is damaged'],
    [
      'that is a decompression bomb',
      Buffer.concat([signature, headerChunk({ width: 28, height: 28 }), bomb, end]),
      'it holds more than its size says',
    ],
  ])('%s', (_, file, message) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeGrey(file)).toThrow(UnreadablePng);
    expect(() => decodeGrey(file)).toThrow(message);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});

it('a digit of exactly 28×28 is taken as it is, any other size is brought to MNIST’s form', () => {
  const pixels = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
  expect(digitOfPng(greyPng(28, 28, pixels))).toEqual(pixels);
  const white = greyPng(
    56,
    56,
    Uint8Array.from({ length: 56 * 56 }, (_, i) => (i % 56 === 3 ? 0 : 255)),
  );
  const digit = digitOfPng(white);
  expect([digit[0], Math.max(...digit)]).toEqual([0, 255]);
});
