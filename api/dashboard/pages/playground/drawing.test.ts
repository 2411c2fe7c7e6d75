import { beforeAll, describe, expect, test } from 'vitest';
import { readImages, readLabels } from '../../../../shared/data/idx-files.ts';
import { BLANK, type Drawing, type Picture, type Point, pixelsOf, rasterOf, withPoints } from './drawing.ts';

type Place = readonly [number, number];
const stroke = (...places: Place[]): Point[] => places.map(([x, y]) => ({ x, y }));
const drawing = (...strokes: Point[][]): Drawing => ({ kind: 'drawing', strokes });

/** Part of an ellipse, from one angle to another in degrees, clockwise from the right. */
function arc([cx, cy]: Place, [rx, ry]: Place, from: number, to: number): Point[] {
  return Array.from({ length: 25 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
    return { x: cx + rx * Math.cos(angle), y: cy + ry * Math.sin(angle) };
  });
}

/** Smaller, and elsewhere on the pad. */
function moved({ strokes }: Drawing, scale: number, x: number, y: number): Drawing {
  return drawing(
    ...strokes.map((points) => points.map((point) => ({ x: x + scale * point.x, y: y + scale * point.y }))),
  );
}

const DIGITS: readonly Drawing[] = [
  drawing(arc([0.5, 0.5], [0.2, 0.32], -90, 270)),
  drawing(stroke([0.42, 0.28], [0.52, 0.18], [0.5, 0.82])),
  drawing([...arc([0.5, 0.34], [0.18, 0.17], -170, 30), ...stroke([0.3, 0.8], [0.72, 0.79])]),
  drawing([...arc([0.47, 0.33], [0.18, 0.16], -150, 80), ...arc([0.47, 0.66], [0.2, 0.17], -80, 150)]),
  drawing(stroke([0.36, 0.18], [0.3, 0.52], [0.68, 0.5]), stroke([0.64, 0.2], [0.62, 0.85])),
  drawing([...stroke([0.68, 0.2], [0.38, 0.2], [0.35, 0.47]), ...arc([0.47, 0.63], [0.2, 0.19], -110, 150)]),
  drawing([...stroke([0.62, 0.15], [0.42, 0.4]), ...arc([0.5, 0.65], [0.17, 0.17], -190, 170)]),
  drawing(stroke([0.28, 0.22], [0.7, 0.2], [0.46, 0.84])),
  drawing([...arc([0.5, 0.33], [0.14, 0.15], 90, -270), ...arc([0.5, 0.66], [0.17, 0.18], -90, 270)]),
  drawing([...arc([0.48, 0.36], [0.16, 0.17], 0, -360), ...stroke([0.64, 0.38], [0.58, 0.84])]),
];

const rowsOf = (pixels: Uint8Array) =>
  [...pixels.keys()].filter((i) => (pixels[i] ?? 0) > 0).map((i) => Math.floor(i / 28));

describe('the raster of a stroke', () => {
  test('is white where the pen went, black elsewhere and along the border', () => {
    const { width, height, data } = rasterOf([stroke([0, 0], [1, 1])]);
    const at = (x: number, y: number) => data[Math.floor(y * (height - 1)) * width + Math.floor(x * (width - 1))];
    expect([at(0.5, 0.5), at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75)]).toEqual([255, 255, 0, 0]);
    const border = [...Array(width).keys()].flatMap((i) => [
      data[i],
      data[data.length - 1 - i],
      data[i * width],
      data[i * width + width - 1],
    ]);
    expect(new Set(border)).toEqual(new Set([0]));
  });

  test('becomes the same digit wherever and however large it was drawn', () => {
    const seven = DIGITS[7] as Drawing;
    const [as, elsewhere] = [pixelsOf(seven), pixelsOf(moved(seven, 0.25, 0.6, -0.1))] as [Uint8Array, Uint8Array];
    const differences = as.map((value, i) => Math.abs(value - (elsewhere[i] as number)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  test('of a dot is a dot', () => {
    const rows = rowsOf(pixelsOf(drawing(stroke([0.9, 0.1]))) as Uint8Array);
    expect([Math.min(...rows), Math.max(...rows)]).toEqual([4, 23]);
  });
});

test('points that say nothing are left out, and a new stroke leaves the ones before alone', () => {
  const begun = withPoints({ kind: 'drawing', strokes: [stroke([0.1, 0.1]), []] }, stroke([0.5, 0.5]));
  const { strokes } = withPoints(begun, stroke([0.5, 0.501], [0.5, 0.6]));
  expect(strokes).toEqual([stroke([0.1, 0.1]), stroke([0.5, 0.5], [0.5, 0.6])]);
});

test('an empty pad has no pixels, and a test image its own', async () => {
  const pixels = (await readImages('mnist', 'test', { dataDir: 'none' })).slice(0, 784);
  const sample: Picture = { kind: 'sample', index: 0, label: 7, pixels };
  expect([pixelsOf(BLANK), pixelsOf(sample)]).toEqual([null, pixels]);
});

describe('among the test images of MNIST', () => {
  let images: Uint8Array;
  let labels: Uint8Array;
  beforeAll(async () => {
    images = await readImages('mnist', 'test', { dataDir: 'none' });
    labels = await readLabels('mnist', 'test', { dataDir: 'none' });
  });

  function labelOfNearest(pixels: Uint8Array): number {
    const nearest = { label: -1, distance: Number.POSITIVE_INFINITY };
    for (const [i, label] of labels.entries()) {
      let distance = 0;
      for (let at = 0; at < 784; at++) distance += ((images[784 * i + at] as number) - (pixels[at] as number)) ** 2;
      if (distance < nearest.distance) Object.assign(nearest, { label, distance });
    }
    return nearest.label;
  }

  test('the one most like a drawn digit is that digit, for nearly all', () => {
    const answers = DIGITS.map((digit) => labelOfNearest(pixelsOf(digit) as Uint8Array));
    const right = answers.filter((answer, digit) => answer === digit).length;
    expect(right, `answers: ${answers}`).toBeGreaterThanOrEqual(9);
  });
});
